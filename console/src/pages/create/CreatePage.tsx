import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Select, Space, Switch } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { createRule, setSource } from "../../api/github";
import { ApiProblem } from "../../api/problem";
import { useOrganizations } from "../../api/organizations";
import { isTaken, type Place, repositoryKey, useCreateRepository } from "../../api/repositories";
import { useAccount } from "../../app/session";
import { useNameRule } from "../../components/nameRule";
import { Page, useTitle } from "../../components/Page";
import { ProblemAlert, showOnFields, useProblemWords } from "../../components/Problem";
import { useText } from "../../text/language";
import { DetailsField, VisibilityField } from "../repository/InformationTab";
import { FRESH_RULE, MORE_FRESH, type RuleDraft } from "../source/RuleFields";
import { ContinuousBuild } from "./ContinuousBuild";
import { text } from "./text";

interface Wish {
  namespace: string;
  name: string;
  summary: string;
  details: string;
  public: boolean;
  continuous_build: boolean;
  project?: string;
  rules?: RuleDraft[];
}

const DRAFT_KEY = "boatyard-new-repository";

/** What was typed before the browser went to GitHub and back. */
function takeDraft(): Partial<Wish> {
  try {
    const kept = sessionStorage.getItem(DRAFT_KEY);
    sessionStorage.removeItem(DRAFT_KEY);
    return kept ? (JSON.parse(kept) as Partial<Wish>) : {};
  } catch {
    return {};
  }
}

function keepDraft(draft: Partial<Wish>): void {
  try {
    sessionStorage.setItem(DRAFT_KEY, JSON.stringify(draft));
  } catch {
    // storage is blocked: it has to be typed again
  }
}

export function CreatePage() {
  const t = useText(text);
  useTitle(t("title"));
  const words = useProblemWords();
  const { username } = useAccount();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const create = useCreateRepository();
  const [form] = Form.useForm<Wish>();
  const [initial] = useState(() => ({ namespace: username, summary: "", details: "", public: false, continuous_build: false, rules: [{ ...FRESH_RULE, pattern: "main" }], ...takeDraft() }));
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const continuous = Form.useWatch("continuous_build", form) ?? initial.continuous_build;

  const refused = (problem: unknown) => {
    if (!(problem instanceof ApiProblem && problem.status === 409)) return setError(showOnFields(form, problem));
    form.setFields([{ name: "name", errors: [words(problem)] }]);
    form.scrollToField("name", { focus: true });
  };
  const setUp = async (made: Place, { project, rules }: Wish) => {
    if (!project) return;
    try {
      await setSource(made, project);
      for (const rule of rules ?? []) await createRule(made, { ...MORE_FRESH, ...rule });
    } catch (problem) {
      message.warning(t("halfMade", { why: words(problem) }), 8);
    }
    queries.removeQueries({ queryKey: repositoryKey(made) }); // as it was made, it was not built from anything
  };
  const make = async (wish: Wish) => {
    setError(null);
    setBusy(true);
    const { namespace, name, summary, details } = wish;
    try {
      const made = await create.mutateAsync({ namespace, name, summary, details, public: wish.public, continuous_build: false });
      if (wish.continuous_build) await setUp({ namespace: made.namespace, name: made.name }, wish);
      await navigate(`/repositories/${made.full_name}${wish.continuous_build ? "/builds" : ""}`);
    } catch (problem) {
      refused(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Page title={t("title")} above={<Link to="/repositories">{t("repositories")}</Link>}>
      <Form form={form} layout="vertical" style={{ maxWidth: 760 }} initialValues={initial} onFinish={(wish) => void make(wish)} scrollToFirstError={{ focus: true }}>
        <NameField />
        <Form.Item label={t("summary")} name="summary" extra={t("summaryHelp")}>
          <Input maxLength={100} showCount />
        </Form.Item>
        <DetailsField label={t("details")} />
        <VisibilityField />
        <Form.Item label={t("continuous")} extra={t("continuousHelp")} name="continuous_build" valuePropName="checked" required>
          <Switch />
        </Form.Item>
        {continuous && <ContinuousBuild onLeave={() => keepDraft(form.getFieldsValue(true) as Partial<Wish>)} />}
        {error !== null && (
          <Form.Item>
            <ProblemAlert error={error} />
          </Form.Item>
        )}
        <Space>
          <Button type="primary" htmlType="submit" loading={busy}>
            {t("create")}
          </Button>
          <Button onClick={() => void navigate(-1)}>{t("cancel")}</Button>
        </Space>
      </Form>
    </Page>
  );
}

/** The name, judged while it is typed: by the rules at once, and soon after by asking whether it is free. */
function NameField() {
  const t = useText(text);
  const rule = useNameRule();
  const { username } = useAccount();
  const organizations = useOrganizations();
  const form = Form.useFormInstance<Wish>();
  const namespace = Form.useWatch<string | undefined>("namespace", form) ?? username;
  const name = Form.useWatch<string | undefined>("name", form);
  const [free, setFree] = useState<string | null>(null);
  const writable = organizations.data?.items.filter(({ role }) => role !== "reader") ?? [];
  const isFree = async (_rule: unknown, value: string | undefined) => {
    setFree(null);
    const wanted = { namespace: form.getFieldValue("namespace") as string, name: value ?? "" };
    if (!value) return;
    const taken = await isTaken(wanted).catch(() => null); // the API says so at the latest when it is created
    if (taken) throw new Error(t("taken", { name: `${wanted.namespace}/${wanted.name}` }));
    if (taken === false) setFree(`${wanted.namespace}/${wanted.name}`);
  };
  return (
    <Form.Item label={t("name")} htmlFor="name" required extra={t("nameHelp")}>
      <Space.Compact block>
        <Form.Item name="namespace" noStyle>
          <Select
            aria-label={t("namespace")}
            style={{ width: "auto", minWidth: 110, maxWidth: 200 }}
            popupMatchSelectWidth={false}
            onChange={() => name && void form.validateFields(["name"]).catch(() => undefined)}
            options={[username, ...writable.map((one) => one.name)].map((value) => ({ value, label: value }))}
          />
        </Form.Item>
        <Form.Item
          name="name"
          noStyle
          validateDebounce={250}
          validateFirst
          rules={[{ required: true, message: t("required") }, rule, { validator: isFree }]}
        >
          <Input id="name" autoFocus autoComplete="off" autoCapitalize="none" spellCheck={false} maxLength={80} prefix={<span className="secondary">/</span>} />
        </Form.Item>
      </Space.Compact>
      {free === `${namespace}/${name ?? ""}` && (
        <div role="status" style={{ color: "var(--ant-color-success)" }}>
          {t("free", { name: free })}
        </div>
      )}
    </Form.Item>
  );
}

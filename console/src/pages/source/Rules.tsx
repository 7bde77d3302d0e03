import { BranchesOutlined, PlusOutlined, TagOutlined } from "@ant-design/icons";
import { App, Button, Form, Modal, Table, type TableColumnsType, Tag, Tooltip } from "antd";
import { useState } from "react";
import { type Rule, sourceCalls, useRules, useSourceChange } from "../../api/github";
import type { Place } from "../../api/repositories";
import { Empty } from "../../components/Empty";
import { Loaded, ProblemAlert, useProblemWords } from "../../components/Problem";
import { text as common } from "../../components/text";
import { useText } from "../../text/language";
import { text as buildText } from "../builds/text";
import { RuleDrawer } from "./RuleDrawer";
import { RefInput } from "./RuleFields";
import { text } from "./text";

/** The rules of a repository, and what can be done with each. */
export function Rules({ place, project, may }: { place: Place; project: string; may: { push: boolean; admin: boolean } }) {
  const t = useText(text);
  const query = useRules(place, true);
  const [open, setOpen] = useState<Rule | "new" | null>(null);
  const [asking, ask] = useState<Rule | null>(null);
  const action = may.admin && (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => setOpen("new")}>
      {t("newRule")}
    </Button>
  );
  return (
    <>
      <Loaded query={query} rows={2}>
        {query.data?.items.length === 0 ? (
          <Empty icon={<BranchesOutlined aria-hidden />} title={t("noRulesTitle")} actions={action}>
            {t("noRulesText")}
          </Empty>
        ) : (
          <>
            <div className="toolbar">{action}</div>
            <RuleTable place={place} rules={query.data?.items ?? []} may={may} onEdit={setOpen} onAsk={ask} />
          </>
        )}
      </Loaded>
      <RuleDrawer place={place} project={project} rule={open} onClose={() => setOpen(null)} />
      <BuildNowModal place={place} project={project} rule={asking} onClose={() => ask(null)} />
    </>
  );
}

interface TableProps {
  place: Place;
  rules: readonly Rule[];
  may: { push: boolean; admin: boolean };
  onEdit: (rule: Rule) => void;
  onAsk: (rule: Rule) => void;
}

function RuleTable({ place, rules, may, onEdit, onAsk }: TableProps) {
  const t = useText(text);
  const c = useText(common);
  const columns: TableColumnsType<Rule> = [
    {
      title: t("type"),
      key: "type",
      responsive: ["sm"],
      render: (_, rule) => (
        <span className="nowrap">
          {rule.type === "branch" ? <BranchesOutlined aria-hidden /> : <TagOutlined aria-hidden />} {t(rule.type)}
        </span>
      ),
    },
    {
      title: t("name"),
      key: "pattern",
      render: (_, rule) => (
        <>
          <span className="mono break">{rule.pattern}</span>{" "}
          {!rule.enabled && (
            <Tooltip title={rule.disabled_reason}>
              <Tag>{t("disabled")}</Tag>
            </Tooltip>
          )}
        </>
      ),
    },
    { title: t("dockerfile"), dataIndex: "dockerfile", responsive: ["md"], render: (path: string) => <span className="mono break">{path}</span> },
    { title: t("version"), dataIndex: "versions", render: (versions: string) => <span className="mono break">{versions}</span> },
    { title: t("override"), dataIndex: "override", responsive: ["md"], render: (on: boolean) => (on ? t("on") : t("off")) },
    { title: t("lastBuild"), key: "last", responsive: ["lg"], render: (_, rule) => rule.last_status && <LastStatus status={rule.last_status} /> },
    {
      title: <span className="visually-hidden">{c("actions")}</span>,
      key: "actions",
      align: "right",
      render: (_, rule) => <RowActions place={place} rule={rule} may={may} onEdit={() => onEdit(rule)} onAsk={() => onAsk(rule)} />,
    },
  ];
  return <Table size="small" rowKey="id" columns={columns} dataSource={rules as Rule[]} pagination={false} />;
}

function LastStatus({ status }: { status: NonNullable<Rule["last_status"]> }) {
  const t = useText(buildText);
  return t(`status.${status}`);
}

function RowActions({ place, rule, may, onEdit, onAsk }: { place: Place; rule: Rule; may: TableProps["may"]; onEdit: () => void; onAsk: () => void }) {
  const t = useText(text);
  const c = useText(common);
  const words = useProblemWords();
  const { modal, message } = App.useApp();
  const build = useSourceChange(place, sourceCalls.buildNow(place));
  const remove = useSourceChange(place, sourceCalls.removeRule(place));
  const failed = (error: unknown) => void message.error(words(error));
  const now = () => {
    if (rule.wildcard) return onAsk();
    build.mutate({ rule: rule.id, ref: null }, { onSuccess: () => message.success(t("started")), onError: failed });
  };
  const drop = () =>
    void modal.confirm({
      title: t("deleteRuleTitle"),
      content: t("deleteRuleText"),
      okText: t("delete"),
      cancelText: c("cancel"),
      okButtonProps: { danger: true },
      onOk: () => remove.mutateAsync(rule.id).then(() => void message.success(t("ruleDeleted")), failed),
    });
  return (
    <span className="nowrap">
      {may.push && (
        <Button type="link" size="small" loading={build.isPending} onClick={now}>
          {t("buildNow")}
        </Button>
      )}
      {may.admin && (
        <>
          <Button type="link" size="small" onClick={onEdit}>
            {t("edit")}
          </Button>
          <Button type="link" size="small" danger onClick={drop}>
            {t("delete")}
          </Button>
        </>
      )}
    </span>
  );
}

/** Asks which branch or tag, where a rule is about several. */
function BuildNowModal({ place, project, rule, onClose }: { place: Place; project: string; rule: Rule | null; onClose: () => void }) {
  const t = useText(text);
  const { message } = App.useApp();
  const [form] = Form.useForm<{ ref: string }>();
  const build = useSourceChange(place, sourceCalls.buildNow(place));
  const go = ({ ref }: { ref: string }) => {
    if (!rule) return;
    build.mutate({ rule: rule.id, ref: ref.trim() }, {
      onSuccess: () => {
        message.success(t("started"));
        onClose();
      },
    });
  };
  return (
    <Modal open={rule !== null} title={rule && t("buildNowTitle", { rule: rule.pattern })} okText={t("buildNow")} cancelText={t("cancel")} onCancel={onClose} onOk={() => form.submit()} okButtonProps={{ loading: build.isPending }} destroyOnHidden afterClose={() => build.reset()}>
      {rule && (
        <Form form={form} layout="vertical" clearOnDestroy requiredMark={false} onFinish={go}>
          <Form.Item label={t("buildNowPick")} name="ref" rules={[{ required: true, whitespace: true, message: t("required") }]}>
            <RefInput project={project} kind={rule.type} />
          </Form.Item>
        </Form>
      )}
      <ProblemAlert error={build.error} />
    </Modal>
  );
}

import { Alert, App, Button, Card, Form, Input, InputNumber, Popconfirm, Radio, Space } from "antd";
import { useState } from "react";
import { appCalls, useAppChange, useGithubApp } from "../../api/github";
import type { Model } from "../../api/client";
import { Loaded, ProblemAlert, showOnFields, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import styles from "../repository/repository.module.css";
import { githubText as text } from "./text";

type AppView = NonNullable<ReturnType<typeof useGithubApp>["data"]>;

/** How this Boatyard is known at GitHub. */
export function GithubTab() {
  const query = useGithubApp();
  return <Loaded query={query}>{query.data && (query.data.configured ? <Known app={query.data} /> : <NewApp app={query.data} />)}</Loaded>;
}

function Known({ app }: { app: AppView }) {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const rotate = useAppChange(appCalls.rotate);
  const forget = useAppChange(appCalls.forget);
  const failed = (error: unknown) => void message.error(words(error));
  return (
    <>
      {app.to_do && <Alert type="warning" showIcon title={app.to_do} style={{ marginBottom: 14 }} />}
      <Card size="small" title={app.name}>
        <dl className={styles["keyValues"]}>
          <dt>{t("kind")}</dt>
          <dd>{app.kind === "oauth-app" ? t("oauthApp") : t("githubApp")}</dd>
          <dt>{t("at")}</dt>
          <dd>{app.slug ? <a href={`${app.github_url}/apps/${app.slug}`} target="_blank" rel="noreferrer">{`${app.github_url}/apps/${app.slug}`}</a> : app.github_url}</dd>
          <dt>{t("clientId")}</dt>
          <dd className="mono">{app.client_id}</dd>
          <dt>{t("events")}</dt>
          <dd className="mono">{app.events_url}</dd>
          <dt>{t("lastDelivery")}</dt>
          <dd>
            <Time at={app.last_delivery_at} />
          </dd>
          <dt>{t("made")}</dt>
          <dd>
            <Time at={app.created_at} /> {app.created_by}
          </dd>
        </dl>
        <Space style={{ marginTop: 14 }} wrap>
          {app.kind !== "oauth-app" && (
            <Button loading={rotate.isPending} onClick={() => rotate.mutate(undefined, { onSuccess: () => message.success(t("rotated")), onError: failed })}>
              {t("rotate")}
            </Button>
          )}
          <Popconfirm title={t("forgetTitle")} description={t("forgetText")} okText={t("forget")} okButtonProps={{ danger: true }} onConfirm={() => forget.mutateAsync(undefined).catch(failed)}>
            <Button danger>{t("forget")}</Button>
          </Popconfirm>
        </Space>
      </Card>
    </>
  );
}

function NewApp({ app }: { app: AppView }) {
  const t = useText(text);
  return (
    <div style={{ maxWidth: 640 }}>
      <p style={{ marginTop: 0 }}>{t("about")}</p>
      <MakeApp />
      <h2 className="section">{t("enterTitle")}</h2>
      <EnterApp eventsUrl={app.events_url} />
    </div>
  );
}

/** Posts the manifest to GitHub as a form of this page, which GitHub's flow asks for. */
function postManifest(action: string, manifest: unknown): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "manifest";
  field.value = JSON.stringify(manifest);
  form.append(field);
  document.body.append(form);
  form.submit();
}

function MakeApp() {
  const t = useText(text);
  const make = useAppChange(appCalls.manifest);
  const go = ({ organization }: { organization?: string }) =>
    make.mutate({ organization: organization?.trim() || null, return_to: "/administration/github" }, { onSuccess: ({ action, manifest }) => postManifest(action, manifest) });
  return (
    <Form layout="vertical" onFinish={go}>
      <Form.Item label={t("organization")} name="organization" extra={t("organizationHelp")}>
        <Input style={{ width: 280 }} autoComplete="off" />
      </Form.Item>
      <ProblemAlert error={make.error} />
      <Button type="primary" htmlType="submit" loading={make.isPending}>
        {t("make")}
      </Button>
    </Form>
  );
}

type Wish = Model<"AppCredentials">;

function EnterApp({ eventsUrl }: { eventsUrl: string }) {
  const t = useText(text);
  const [form] = Form.useForm<Wish>();
  const kind = Form.useWatch("kind", form) ?? "github-app";
  const [error, setError] = useState<unknown>(null);
  const enter = useAppChange(appCalls.enter);
  const save = async (wish: Wish) => {
    setError(null);
    try {
      await enter.mutateAsync({ ...wish, name: wish.name || "Boatyard", slug: wish.slug || null, private_key: wish.private_key || null, webhook_secret: wish.webhook_secret || null });
    } catch (refused) {
      setError(showOnFields(form, refused));
    }
  };
  return (
    <Form form={form} layout="vertical" initialValues={{ kind: "github-app", name: "Boatyard" }} onFinish={(wish) => void save(wish)}>
      <p className="secondary">
        {t("enterAbout")} <code>{eventsUrl}</code>
      </p>
      <Form.Item label={t("kind")} name="kind" required>
        <Radio.Group
          options={[
            { value: "github-app", label: t("githubApp") },
            { value: "oauth-app", label: t("oauthApp") },
          ]}
        />
      </Form.Item>
      {kind === "github-app" && (
        <>
          <Form.Item label={t("appId")} name="app_id" rules={[{ required: true, message: t("required") }]}>
            <InputNumber min={1} style={{ width: 200 }} />
          </Form.Item>
          <Form.Item label={t("slug")} name="slug">
            <Input style={{ width: 280 }} />
          </Form.Item>
          <Form.Item label={t("privateKey")} name="private_key" rules={[{ required: true, message: t("required") }]}>
            <Input.TextArea rows={4} className="mono" spellCheck={false} autoComplete="off" placeholder="-----BEGIN RSA PRIVATE KEY-----" />
          </Form.Item>
        </>
      )}
      <Form.Item label={t("clientId")} name="client_id" rules={[{ required: true, message: t("required") }]}>
        <Input style={{ width: 280 }} autoComplete="off" />
      </Form.Item>
      <Form.Item label={t("clientSecret")} name="client_secret" rules={[{ required: true, message: t("required") }]}>
        <Input.Password style={{ width: 280 }} autoComplete="off" />
      </Form.Item>
      <ProblemAlert error={error} />
      <Button htmlType="submit" loading={enter.isPending}>
        {t("enter")}
      </Button>
    </Form>
  );
}

import { App, Button, Collapse, Drawer, Form, Input, InputNumber, Radio, Select, Switch } from "antd";
import { useState } from "react";
import type { Place } from "../../api/repositories";
import { type EventType, type NewWebhook, usePreview, useWebhookChange, type Webhook, webhookCalls, type WebhookFormat } from "../../api/webhooks";
import { ProblemAlert, showOnFields } from "../../components/Problem";
import { useText } from "../../text/language";
import { eventText, formatText, text } from "./text";
import styles from "./webhooks.module.css";

export const EVENTS = Object.keys(eventText) as EventType[];
const FORMATS = Object.keys(formatText) as WebhookFormat[];
const SIGNED_BY_ROBOT = new Set<WebhookFormat>(["feishu", "dingtalk"]);

interface Props {
  place: Place;
  webhook: Webhook | "new" | null;
  onClose: () => void;
  onSecret: (secret: string) => void;
}

/** Where a webhook is made or changed. */
export function WebhookDrawer({ place, webhook, onClose, onSecret }: Props) {
  const t = useText(text);
  const [busy, setBusy] = useState(false);
  return (
    <Drawer
      open={webhook !== null}
      size={640}
      title={webhook === "new" ? t("newTitle") : t("editTitle")}
      onClose={onClose}
      destroyOnHidden
      mask={{ closable: webhook !== "new" }}
      footer={
        <div className={styles["footer"]}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="primary" htmlType="submit" form="webhook-form" loading={busy}>
            {webhook === "new" ? t("create") : t("save")}
          </Button>
        </div>
      }
    >
      {webhook !== null && <WebhookForm place={place} webhook={webhook} onBusy={setBusy} onClose={onClose} onSecret={onSecret} />}
    </Drawer>
  );
}

type Wish = Omit<NewWebhook, "secret">;

const FRESH: Wish = {
  name: "",
  url: "",
  format: "standard",
  scheme: "v1",
  events: ["tag.pushed"],
  include_tags: [],
  exclude_tags: [],
  origins: [],
  ordered: false,
  at_most_once: false,
  max_in_flight: 4,
};

function WebhookForm({ place, webhook, onBusy, onClose, onSecret }: Props & { webhook: Webhook | "new"; onBusy: (busy: boolean) => void }) {
  const t = useText(text);
  const { message } = App.useApp();
  const [form] = Form.useForm<Wish>();
  const [error, setError] = useState<unknown>(null);
  const create = useWebhookChange(place, webhookCalls.create(place));
  const change = useWebhookChange(place, webhookCalls.change({ ...place, webhook_id: webhook === "new" ? "" : webhook.id }));
  const save = async (wish: Wish) => {
    setError(null);
    onBusy(true);
    const { robot_secret, ...rest } = wish;
    const body = { ...rest, url: wish.url.trim(), ...(robot_secret && { robot_secret }) };
    try {
      if (webhook === "new") {
        const made = await create.mutateAsync(body);
        onSecret(made.secret ?? made.public_key ?? "");
      }
      else {
        const { scheme: _fixed, ...changes } = body;
        await change.mutateAsync(changes);
        message.success(t("saved"));
      }
      onClose();
    } catch (refused) {
      setError(showOnFields(form, refused));
    } finally {
      onBusy(false);
    }
  };
  return (
    <Form id="webhook-form" form={form} layout="vertical" initialValues={webhook === "new" ? FRESH : webhook} onFinish={(wish) => void save(wish)} scrollToFirstError={{ focus: true }}>
      <Form.Item label={t("url")} name="url" extra={t("urlHelp")} rules={[{ required: true, whitespace: true, message: t("required") }]}>
        <Input autoFocus={webhook === "new"} type="url" placeholder="https://" spellCheck={false} />
      </Form.Item>
      <Form.Item label={t("name")} name="name">
        <Input maxLength={100} placeholder={t("namePlaceholder")} />
      </Form.Item>
      <FormatFields hasRobotSecret={webhook !== "new" && webhook.has_robot_secret} />
      <FilterFields />
      <Collapse
        size="small"
        items={[
          { key: "more", label: t("more"), forceRender: true, children: <MoreFields isNew={webhook === "new"} /> },
          { key: "preview", label: t("preview"), children: <RequestPreview place={place} /> },
        ]}
      />
      <div style={{ marginTop: 12 }}>
        <ProblemAlert error={error} />
      </div>
    </Form>
  );
}

function FormatFields({ hasRobotSecret }: { hasRobotSecret: boolean }) {
  const t = useText(text);
  const formats = useText(formatText);
  const chosen = Form.useWatch<WebhookFormat | undefined>("format");
  return (
    <>
      <Form.Item label={t("format")} name="format" extra={t("formatHelp")} required>
        <Select options={FORMATS.map((value) => ({ value, label: formats(value) }))} />
      </Form.Item>
      {chosen && SIGNED_BY_ROBOT.has(chosen) && (
        <Form.Item label={t("robotSecret")} name="robot_secret" extra={hasRobotSecret ? t("robotSecretKept") : undefined}>
          <Input.Password autoComplete="off" maxLength={100} />
        </Form.Item>
      )}
    </>
  );
}

function FilterFields() {
  const t = useText(text);
  const events = useText(eventText);
  return (
    <>
      <Form.Item label={t("events")} name="events" extra={t("eventsHelp")}>
        <Select mode="multiple" placeholder={t("allEvents")} options={EVENTS.map((value) => ({ value, label: events(value) }))} />
      </Form.Item>
      <div className={styles["two"]}>
        <Form.Item label={t("includeTags")} name="include_tags" extra={t("tagsHelp")}>
          <Select mode="tags" open={false} suffixIcon={null} placeholder="v*" tokenSeparators={[",", " "]} />
        </Form.Item>
        <Form.Item label={t("excludeTags")} name="exclude_tags" extra={t("tagsHelp")}>
          <Select mode="tags" open={false} suffixIcon={null} placeholder="*-rc?" tokenSeparators={[",", " "]} />
        </Form.Item>
      </div>
    </>
  );
}

function MoreFields({ isNew }: { isNew: boolean }) {
  const t = useText(text);
  return (
    <>
      <Form.Item label={t("scheme")} name="scheme" required>
        <Radio.Group
          disabled={!isNew}
          options={[
            { value: "v1", label: t("schemeShared") },
            { value: "v1a", label: t("schemeKeys") },
          ]}
        />
      </Form.Item>
      <Form.Item label={t("ordered")} name="ordered" valuePropName="checked" extra={t("orderedHelp")} required>
        <Switch size="small" />
      </Form.Item>
      <Form.Item label={t("once")} name="at_most_once" valuePropName="checked" extra={t("onceHelp")} required>
        <Switch size="small" />
      </Form.Item>
      <Form.Item label={t("inFlight")} name="max_in_flight" required style={{ marginBottom: 0 }}>
        <InputNumber min={1} max={64} />
      </Form.Item>
    </>
  );
}

function RequestPreview({ place }: { place: Place }) {
  const t = useText(text);
  const events = useText(eventText);
  const format = Form.useWatch<WebhookFormat | undefined>("format") ?? "standard";
  const [event, setEvent] = useState<EventType>("tag.pushed");
  const query = usePreview(place, { format, event, url: "https://example.com/hook" });
  return (
    <>
      <Select size="small" aria-label={t("event")} value={event} onChange={setEvent} popupMatchSelectWidth={false} options={EVENTS.map((value) => ({ value, label: events(value) }))} />
      <ProblemAlert error={query.error} />
      {query.data && !query.error && (
        <pre className={styles["message"]} tabIndex={0}>
          {[`POST ${query.data.url}`, ...Object.entries(query.data.headers).map(([name, value]) => `${name}: ${value}`), "", prettyJson(query.data.body)].join("\n")}
        </pre>
      )}
    </>
  );
}

/** JSON with line breaks; whatever is not JSON as it is. */
export function prettyJson(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

import { ApiOutlined, PlusOutlined } from "@ant-design/icons";
import { App, Badge, Button, Table, type TableColumnsType, Tag } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import type { Place } from "../../api/repositories";
import { useWebhookChange, useWebhooks, type Webhook, webhookCalls } from "../../api/webhooks";
import { Empty } from "../../components/Empty";
import { Loaded, useProblemWords } from "../../components/Problem";
import { SecretModal } from "../../components/Secret";
import { text as common } from "../../components/text";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { useRepositoryContext } from "../repository/RepositoryPage";
import { eventText, formatText, text } from "./text";
import { WebhookDrawer } from "./WebhookDrawer";
import { NotFound } from "../../app/NotFound";

export function WebhooksTab() {
  const t = useText(text);
  const { place, may } = useRepositoryContext();
  const [open, setOpen] = useState<Webhook | "new" | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  if (!may.admin) return <NotFound />;
  return (
    <>
      <List place={place} onOpen={setOpen} />
      <WebhookDrawer place={place} webhook={open} onClose={() => setOpen(null)} onSecret={setSecret} />
      <SecretModal secret={secret} title={t("secretTitle")} onClose={() => setSecret(null)}>
        <p className="secondary">{t("secretUse")}</p>
      </SecretModal>
    </>
  );
}

function List({ place, onOpen }: { place: Place; onOpen: (webhook: Webhook | "new") => void }) {
  const t = useText(text);
  const query = useWebhooks(place);
  const action = (
    <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => onOpen("new")}>
      {t("new")}
    </Button>
  );
  return (
    <Loaded query={query}>
      {query.data?.items.length === 0 ? (
        <Empty icon={<ApiOutlined aria-hidden />} title={t("emptyTitle")} actions={action}>
          {t("about")}
        </Empty>
      ) : (
        <>
          <div className="toolbar">{action}</div>
          <WebhookTable place={place} webhooks={query.data?.items ?? []} onEdit={onOpen} />
        </>
      )}
    </Loaded>
  );
}

function WebhookTable({ place, webhooks, onEdit }: { place: Place; webhooks: readonly Webhook[]; onEdit: (webhook: Webhook) => void }) {
  const t = useText(text);
  const c = useText(common);
  const formats = useText(formatText);
  const columns: TableColumnsType<Webhook> = [
    {
      title: t("name"),
      key: "name",
      render: (_, webhook) => (
        <>
          <Link to={webhook.id}>
            <strong>{webhook.name || new URL(webhook.url).host}</strong>
          </Link>
          <div className="secondary break mono">{webhook.url}</div>
        </>
      ),
    },
    { title: t("state"), key: "state", render: (_, webhook) => <WebhookState webhook={webhook} /> },
    { title: t("format"), dataIndex: "format", responsive: ["lg"], render: (format: Webhook["format"]) => formats(format) },
    { title: t("events"), key: "events", responsive: ["md"], render: (_, webhook) => <Filters webhook={webhook} /> },
    { title: t("lastSuccess"), key: "success", responsive: ["lg"], render: (_, webhook) => <span className="nowrap"><Time at={webhook.health.last_success_at} /></span> },
    {
      title: <span className="visually-hidden">{c("actions")}</span>,
      key: "actions",
      align: "right",
      render: (_, webhook) => <RowActions place={place} webhook={webhook} onEdit={() => onEdit(webhook)} />,
    },
  ];
  return <Table size="small" rowKey="id" columns={columns} dataSource={webhooks as Webhook[]} pagination={false} />;
}

/** Whether it is sent to, in a word. */
export function WebhookState({ webhook }: { webhook: Webhook }) {
  const t = useText(text);
  if (webhook.state === "active" && webhook.health.breaker !== "closed") return <Badge status="warning" text={t("held")} />;
  const status = { active: "success", paused: "default", disabled: "error", retired: "default", deleted: "default" } as const;
  return <Badge status={status[webhook.state]} text={t(webhook.state)} />;
}

function Filters({ webhook }: { webhook: Webhook }) {
  const t = useText(text);
  const events = useText(eventText);
  return (
    <>
      {webhook.events.length === 0 ? t("allEvents") : webhook.events.map((event) => events(event)).join(" · ")}
      <div>
        {webhook.include_tags.map((pattern) => (
          <Tag key={pattern} className="mono">
            {pattern}
          </Tag>
        ))}
        {webhook.exclude_tags.map((pattern) => (
          <Tag key={pattern} color="red" className="mono">
            !{pattern}
          </Tag>
        ))}
      </div>
    </>
  );
}

function RowActions({ place, webhook, onEdit }: { place: Place; webhook: Webhook; onEdit: () => void }) {
  const t = useText(text);
  const remove = useDeleteWebhook(place, webhook.id);
  const name = webhook.name || webhook.url;
  return (
    <span className="actions">
      <Link to={webhook.id} aria-label={t("recordsOf", { name })}>
        {t("records")}
      </Link>
      <Button type="link" size="small" onClick={onEdit}>
        {t("edit")}
      </Button>
      <Button type="link" size="small" danger onClick={() => remove()}>
        {t("delete")}
      </Button>
    </span>
  );
}

/** Asks, then deletes a webhook. */
export function useDeleteWebhook(place: Place, webhook_id: string): (then?: () => void) => void {
  const t = useText(text);
  const c = useText(common);
  const words = useProblemWords();
  const { modal, message } = App.useApp();
  const remove = useWebhookChange(place, webhookCalls.remove({ ...place, webhook_id }));
  return (then) =>
    void modal.confirm({
      title: t("deleteTitle"),
      content: t("deleteText"),
      okText: t("delete"),
      cancelText: c("cancel"),
      okButtonProps: { danger: true },
      onOk: () =>
        remove.mutateAsync(undefined).then(
          () => {
            message.success(t("isDeleted"));
            then?.();
          },
          (error: unknown) => void message.error(words(error)),
        ),
    });
}

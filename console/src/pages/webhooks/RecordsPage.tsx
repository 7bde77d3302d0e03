import { DownOutlined, HistoryOutlined, MoreOutlined } from "@ant-design/icons";
import { Alert, App, Button, Dropdown, type MenuProps, Segmented, Space, Table, type TableColumnsType, Tag } from "antd";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { type DeliveryList, type DeliveryRow, type EventType, useDeliveries, useWebhook, useWebhookChange, type Webhook, webhookCalls, type WebhookPlace } from "../../api/webhooks";
import { Empty } from "../../components/Empty";
import { Pager, useListState } from "../../components/paging";
import { Loaded, useProblemWords } from "../../components/Problem";
import { SecretModal } from "../../components/Secret";
import { text as common } from "../../components/text";
import { Elapsed, Time } from "../../components/Time";
import { useText } from "../../text/language";
import { useRepositoryContext } from "../repository/RepositoryPage";
import { DeliveryChart } from "./DeliveryChart";
import { DeliveryDrawer } from "./DeliveryDrawer";
import { Outcome } from "./Outcome";
import { ReplayModal } from "./ReplayModal";
import { RotateModal } from "./RotateModal";
import { eventText, text } from "./text";
import { EVENTS, WebhookDrawer } from "./WebhookDrawer";
import { useDeleteWebhook, WebhookState } from "./WebhooksTab";
import styles from "./webhooks.module.css";

const DEFAULTS = { state: "", delivery: "" };

/** What was sent to one webhook, and everything that can be done about it. */
export function RecordsPage() {
  const { place } = useRepositoryContext();
  const { webhook = "" } = useParams();
  const query = useWebhook({ ...place, webhook_id: webhook });
  return (
    <Loaded query={query}>{query.data && <Known webhook={query.data} place={{ ...place, webhook_id: query.data.id }} />}</Loaded>
  );
}

function Known({ webhook, place }: { webhook: Webhook; place: WebhookPlace }) {
  const t = useText(text);
  const list = useListState(DEFAULTS);
  return (
    <>
      <Head webhook={webhook} place={place} onTested={(delivery) => list.set({ delivery })} />
      <Condition webhook={webhook} place={place} />
      <Deliveries place={place} list={list} />
      <DeliveryDrawer place={place} delivery={list.values.delivery || null} title={t("delivery")} onClose={() => list.set({ delivery: "" })} />
    </>
  );
}

function Head({ webhook, place, onTested }: { webhook: Webhook; place: WebhookPlace; onTested: (delivery: string) => void }) {
  const t = useText(text);
  const events = useText(eventText);
  const words = useProblemWords();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [open, setOpen] = useState<"edit" | "rotate" | "replay" | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const test = useWebhookChange(place, webhookCalls.test(place));
  const change = useWebhookChange(place, webhookCalls.change(place));
  const remove = useDeleteWebhook(place, webhook.id);
  const close = () => setOpen(null);
  const tryIt = (event: EventType) =>
    test.mutate(event, {
      onSuccess: ({ delivery_id }) => {
        message.success(t("tested"));
        onTested(delivery_id);
      },
      onError: (error) => message.error(words(error)),
    });
  const items: MenuProps["items"] = [
    { key: "edit", label: t("edit"), onClick: () => setOpen("edit") },
    ...(webhook.state === "active" ? [{ key: "pause", label: t("pause"), onClick: () => change.mutate({ state: "paused" }, { onError: (error) => message.error(words(error)) }) }] : []),
    { key: "rotate", label: t("rotate"), onClick: () => setOpen("rotate") },
    { type: "divider" },
    { key: "delete", danger: true, label: t("delete"), onClick: () => remove(() => void navigate("..", { relative: "path" })) },
  ];
  return (
    <div className={styles["head"]}>
      <div style={{ minWidth: 0 }}>
        <Link to=".." relative="path">
          {t("back")}
        </Link>
        <h2>
          {webhook.name || t("records")} <WebhookState webhook={webhook} />
        </h2>
        <div className="secondary mono break">{webhook.url}</div>
      </div>
      <div className="toolbar" style={{ marginBottom: 0, flex: "none" }}>
        <Space.Compact>
          <Button onClick={() => tryIt(webhook.events[0] ?? "tag.pushed")}>{t("test")}</Button>
          <Dropdown trigger={["click"]} menu={{ items: EVENTS.map((key) => ({ key, label: events(key) })), onClick: ({ key }) => tryIt(key as EventType) }}>
            <Button icon={<DownOutlined aria-hidden style={{ fontSize: 10 }} />} aria-label={t("testOther")} />
          </Dropdown>
        </Space.Compact>
        <Button onClick={() => setOpen("replay")}>{t("replay")}</Button>
        <Dropdown trigger={["click"]} menu={{ items }} placement="bottomRight">
          <Button icon={<MoreOutlined aria-hidden />} aria-label={t("moreOf")} />
        </Dropdown>
      </div>
      <WebhookDrawer place={place} webhook={open === "edit" ? webhook : null} onClose={close} onSecret={setSecret} />
      <RotateModal place={place} open={open === "rotate"} onClose={close} onSecret={setSecret} />
      <ReplayModal place={place} open={open === "replay"} onClose={close} />
      <SecretModal secret={secret} title={t("secretTitle")} onClose={() => setSecret(null)}>
        <p className="secondary">{t("secretUse")}</p>
      </SecretModal>
    </div>
  );
}

/** Why nothing is sent at the moment, if that is so, and the way back. */
function Condition({ webhook, place }: { webhook: Webhook; place: WebhookPlace }) {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const change = useWebhookChange(place, webhookCalls.change(place));
  const old = webhook.old_secrets_expire_at.at(-1);
  const wake = (label: string) => (
    <Button size="small" loading={change.isPending} onClick={() => change.mutate({ state: "active" }, { onError: (error) => message.error(words(error)) })}>
      {label}
    </Button>
  );
  return (
    <>
      {webhook.state === "paused" && <Alert type="info" showIcon title={t("explainPaused")} action={wake(t("resume"))} style={{ marginBottom: 12 }} />}
      {webhook.state === "disabled" && (
        <Alert type="error" showIcon title={t(webhook.disabled_reason === "gone" ? "explainGone" : "explainFailing")} action={wake(t("enable"))} style={{ marginBottom: 12 }} />
      )}
      {webhook.state === "active" && webhook.health.breaker !== "closed" && (
        <Alert
          type="warning"
          showIcon
          title={
            <>
              {t("explainBreaker")} <Time at={webhook.health.breaker_until} />
            </>
          }
          action={wake(t("probe"))}
          style={{ marginBottom: 12 }}
        />
      )}
      {old && (
        <p className="secondary">
          {t("oldUntil")} <Time at={old} />
        </p>
      )}
    </>
  );
}

function Deliveries({ place, list }: { place: WebhookPlace; list: ReturnType<typeof useListState<keyof typeof DEFAULTS>> }) {
  const t = useText(text);
  const state = list.values.state as DeliveryList["state"] | "";
  const query = useDeliveries(place, { ...(state && { state }), ...(list.cursor && { cursor: list.cursor }), limit: 50 });
  const items = query.data?.items ?? [];
  const open = (delivery: string) => list.set({ delivery });
  if (!state && !list.cursor && query.data?.items.length === 0) {
    return (
      <Empty icon={<HistoryOutlined aria-hidden />} title={t("noRecordsTitle")}>
        {t("noRecordsText")}
      </Empty>
    );
  }
  return (
    <>
      {!state && !list.cursor && items.length > 1 && <DeliveryChart deliveries={items} onOpen={open} />}
      <div className="toolbar">
        <Segmented
          aria-label={t("result")}
          value={state ?? ""}
          onChange={(next) => list.set({ state: next })}
          options={[
            { value: "", label: t("statusAll") },
            { value: "succeeded", label: t("succeeded") },
            { value: "pending", label: t("pending") },
            { value: "exhausted", label: t("exhausted") },
            { value: "skipped", label: t("skipped") },
          ]}
        />
      </div>
      <Loaded query={query}>
        <DeliveryTable items={items} onOpen={open} />
      </Loaded>
      <Pager next={query.data?.next_cursor} />
    </>
  );
}

function DeliveryTable({ items, onOpen }: { items: readonly DeliveryRow[]; onOpen: (id: string) => void }) {
  const t = useText(text);
  const c = useText(common);
  const events = useText(eventText);
  const columns: TableColumnsType<DeliveryRow> = [
    {
      title: t("when"),
      key: "when",
      render: (_, row) => (
        <span className="nowrap">
          <Time at={row.created_at} />
        </span>
      ),
    },
    {
      title: t("event"),
      key: "event",
      render: (_, row) => (
        <>
          {events(row.event.type)} {row.event.test && <Tag>{t("isTest")}</Tag>}
        </>
      ),
    },
    { title: t("tag"), key: "tag", responsive: ["sm"], render: (_, row) => <span className="mono break">{row.event.tag}</span> },
    { title: t("result"), key: "result", render: (_, row) => <Outcome delivery={row} /> },
    { title: t("attempts"), dataIndex: "attempt_count", align: "right", responsive: ["sm"] },
    { title: t("took"), key: "took", align: "right", responsive: ["md"], render: (_, row) => row.finished_at && <Elapsed from={row.created_at} to={row.finished_at} /> },
    {
      title: <span className="visually-hidden">{t("open")}</span>,
      key: "open",
      align: "right",
      render: (_, row) => (
        <Button type="link" size="small" onClick={() => onOpen(row.id)}>
          {t("open")}
        </Button>
      ),
    },
  ];
  return <Table size="small" rowKey="id" columns={columns} dataSource={items as DeliveryRow[]} pagination={false} locale={{ emptyText: c("nothingFound") }} onRow={(row) => ({ onClick: () => onOpen(row.id), style: { cursor: "pointer" } })} />;
}

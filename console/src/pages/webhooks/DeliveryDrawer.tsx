import { App, Badge, Button, Collapse, Drawer, Tag, Tabs } from "antd";
import { type Attempt, type Delivery, useDelivery, useWebhookChange, webhookCalls, type WebhookPlace } from "../../api/webhooks";
import { CopyButton } from "../../components/Copy";
import { Loaded, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { bytes, duration } from "../../lib/format";
import { waterfall } from "../../lib/waterfall";
import { useText } from "../../text/language";
import type { Texts } from "../../text/text";
import { Outcome } from "./Outcome";
import { eventText, text } from "./text";
import { prettyJson } from "./WebhookDrawer";
import styles from "./webhooks.module.css";

/** One delivery with everything that was sent and answered. */
export function DeliveryDrawer({ place, delivery, title, onClose }: { place: WebhookPlace; delivery: string | null; title: string; onClose: () => void }) {
  const query = useDelivery(place, delivery);
  return (
    <Drawer open={delivery !== null} size={760} title={title} onClose={onClose} destroyOnHidden extra={query.data && <Redeliver place={place} delivery={query.data} />}>
      <Loaded query={query}>{query.data && <Content delivery={query.data} />}</Loaded>
    </Drawer>
  );
}

function Redeliver({ place, delivery }: { place: WebhookPlace; delivery: Delivery }) {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const again = useWebhookChange(place, webhookCalls.redeliver(place));
  return (
    <Button
      type="primary"
      disabled={delivery.under_way}
      loading={again.isPending}
      onClick={() =>
        again.mutate(delivery.id, {
          onSuccess: () => message.success(t("redelivered")),
          onError: (error) => message.error(words(error)),
        })
      }
    >
      {t("redeliver")}
    </Button>
  );
}

function Content({ delivery }: { delivery: Delivery }) {
  const t = useText(text);
  const events = useText(eventText);
  return (
    <>
      <p style={{ marginTop: 0 }}>
        <strong>{events(delivery.event.type)}</strong> {delivery.event.tag && <Tag className="mono">{delivery.event.tag}</Tag>} {delivery.event.test && <Tag>{t("isTest")}</Tag>}
        <Time at={delivery.event.occurred_at} />
        <br />
        <span className="mono secondary">webhook-id: {delivery.event.id}</span> <CopyButton value={delivery.event.id} what="webhook-id" />
        <br />
        <Outcome delivery={delivery} />
      </p>
      {delivery.attempts.length === 0 && <p className="secondary">{t("noAttempts")}</p>}
      {delivery.attempts.map((attempt, index) => (
        <AttemptBlock key={attempt.number} attempt={attempt} open={index === 0} />
      ))}
    </>
  );
}

function AttemptBlock({ attempt, open }: { attempt: Attempt; open: boolean }) {
  const t = useText(text);
  const table = useText(text as Texts);
  const trigger = `trigger.${attempt.trigger}`;
  return (
    <section className={styles["attempt"]} aria-label={t("attempt", { number: attempt.number })}>
      <div className={styles["attemptHead"]}>
        <strong>{t("attempt", { number: attempt.number })}</strong>
        <Result attempt={attempt} />
        <span className="secondary">
          <Time at={attempt.started_at} /> · {trigger in text ? table(trigger) : attempt.trigger}
          {attempt.peer_ip && ` · ${t("to", { address: attempt.peer_ip })}`}
          {attempt.reused_connection && ` · ${t("reused")}`}
        </span>
      </div>
      <Waterfall attempt={attempt} />
      <Collapse
        size="small"
        ghost
        defaultActiveKey={open ? ["messages"] : []}
        items={[
          {
            key: "messages",
            label: `${t("request")} / ${t("response")}`,
            children: (
              <Tabs
                size="small"
                items={[
                  { key: "request", label: t("request"), children: <Message first={`POST ${attempt.request.url}`} headers={attempt.request.headers} body={attempt.request.body} /> },
                  {
                    key: "response",
                    label: t("response"),
                    children: attempt.response ? (
                      <Message first={`HTTP ${attempt.response.status}`} headers={attempt.response.headers} body={attempt.response.body} />
                    ) : (
                      <p className="secondary">{t("noResponse")}</p>
                    ),
                  },
                ]}
              />
            ),
          },
        ]}
      />
    </section>
  );
}

function Result({ attempt }: { attempt: Attempt }) {
  const t = useText(text as Texts);
  const status = { ok: "success", started: "processing", http_error: "error", network_error: "error", blocked: "error", unknown: "warning" } as const;
  const kind = attempt.error_class && `error.${attempt.error_class}`;
  const words = attempt.response ? `HTTP ${attempt.response.status}` : kind && kind in text ? t(kind) : (attempt.reason ?? (attempt.outcome === "started" ? t("underWay") : attempt.outcome));
  return <Badge status={status[attempt.outcome as keyof typeof status] ?? "default"} text={words} />;
}

/** Where the time went, one bar per phase. */
function Waterfall({ attempt }: { attempt: Attempt }) {
  const t = useText(text);
  const { bars, total } = waterfall(attempt.timings);
  if (bars.length === 0 || total === 0) return null;
  return (
    <div className={styles["waterfall"]} role="group" aria-label={t("timings")}>
      {bars.map(({ phase, start, length }) => (
        <Row key={phase} name={t(phase)} length={length}>
          <div className={`${styles["phase"]} ${styles[phase]}`} style={{ left: `${(100 * start) / total}%`, width: `${(100 * length) / total}%` }} />
        </Row>
      ))}
      <strong>{t("total")}</strong>
      <span />
      <strong className="number" style={{ textAlign: "right" }}>{duration(total)}</strong>
    </div>
  );
}

function Row({ name, length, children }: { name: string; length: number; children: React.ReactNode }) {
  return (
    <>
      <span>{name}</span>
      <div className={styles["track"]}>{children}</div>
      <span className="number" style={{ textAlign: "right" }}>
        {duration(length)}
      </span>
    </>
  );
}

function Message({ first, headers, body }: { first: string; headers: readonly (readonly string[])[]; body: Attempt["request"]["body"] }) {
  const t = useText(text);
  const content = body.text === null ? (body.base64 ?? "") : prettyJson(body.text);
  const head = [first, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n");
  return (
    <>
      <pre className={styles["message"]} tabIndex={0}>
        {head}
        {"\n\n"}
        {content || `(${t("emptyBody")})`}
      </pre>
      <span className="secondary">{bytes(body.length)}</span> {body.truncated && <Tag color="orange">{t("truncated", { size: bytes(content.length) })}</Tag>}
      <CopyButton value={content} what={t("body")} />
    </>
  );
}

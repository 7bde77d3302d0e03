import { Badge } from "antd";
import type { DeliveryRow } from "../../api/webhooks";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import type { Texts } from "../../text/text";
import { text } from "./text";

const STATUS = { pending: "processing", succeeded: "success", exhausted: "error", skipped: "default", unknown: "warning" } as const;

/** What became of a delivery, and why, in a line. */
export function Outcome({ delivery }: { delivery: DeliveryRow }) {
  const t = useText(text as Texts);
  const state = delivery.state as keyof typeof STATUS;
  return (
    <>
      <Badge status={STATUS[state]} text={delivery.under_way ? t("underWay") : t(state)} />{" "}
      <span className="secondary">
        {delivery.last_status !== null && <span className="number">{delivery.last_status}</span>}
        {delivery.last_status === null && delivery.last_error && (`error.${delivery.last_error}` in text ? t(`error.${delivery.last_error}`) : delivery.last_error)}
        {delivery.state === "pending" && delivery.attempt_count > 0 && delivery.next_attempt_at && (
          <>
            {" · "}
            {t("nextAttempt")} <Time at={delivery.next_attempt_at} />
          </>
        )}
      </span>
    </>
  );
}

import { Tooltip } from "antd";
import type { DeliveryRow } from "../../api/webhooks";
import { duration, exactTime, localeOf } from "../../lib/format";
import { barHeight, summary } from "../../lib/deliveries";
import { useLanguage, useText } from "../../text/language";
import { text } from "./text";
import styles from "./webhooks.module.css";

/** The latest deliveries as bars: green arrived, red did not, and the height is how long it took. */
export function DeliveryChart({ deliveries, onOpen }: { deliveries: readonly DeliveryRow[]; onOpen: (id: string) => void }) {
  const t = useText(text);
  const { language } = useLanguage();
  const { percent, median } = summary(deliveries);
  const kind = (state: string) => (state === "succeeded" ? styles["barGood"] : state === "exhausted" ? styles["barBad"] : state === "pending" ? styles["barWaiting"] : "");
  return (
    <div className={styles["chart"]}>
      <div className={styles["bars"]} role="group" aria-label={t("chart")}>
        {[...deliveries].reverse().map((row) => {
          const when = exactTime(new Date(row.created_at), localeOf(language));
          const label = `${when} · ${t(row.state as "pending")}${row.last_status === null ? "" : ` · ${row.last_status}`}`;
          return (
            <Tooltip key={row.id} title={label}>
              <button type="button" className={`${styles["bar"]} ${kind(row.state)}`} style={{ height: `${barHeight(row)}%` }} aria-label={label} onClick={() => onOpen(row.id)} />
            </Tooltip>
          );
        })}
      </div>
      {percent !== null && (
        <div className={styles["numbers"]}>
          <strong className="number">{t("chartRate", { percent })}</strong>
          {median !== null && t("chartMedian", { duration: duration(median) })}
        </div>
      )}
    </div>
  );
}

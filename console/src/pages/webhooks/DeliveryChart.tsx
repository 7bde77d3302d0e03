import type { DeliveryRow } from "../../api/webhooks";
import { BarChart } from "../../components/BarChart";
import { barHeight, summary } from "../../lib/deliveries";
import { duration, exactTime, localeOf } from "../../lib/format";
import { useLanguage, useText } from "../../text/language";
import { text } from "./text";

const KINDS = { succeeded: "good", exhausted: "bad", pending: "waiting" } as const;

/** The latest deliveries as bars: green arrived, red did not, and the height is how long it took. */
export function DeliveryChart({ deliveries, onOpen }: { deliveries: readonly DeliveryRow[]; onOpen: (id: string) => void }) {
  const t = useText(text);
  const { language } = useLanguage();
  const { percent, median } = summary(deliveries);
  const bars = [...deliveries].reverse().map((row) => ({
    id: row.id,
    kind: KINDS[row.state as keyof typeof KINDS] ?? ("quiet" as const),
    height: barHeight(row),
    label: `${exactTime(new Date(row.created_at), localeOf(language))} · ${t(row.state as "pending")}${row.last_status === null ? "" : ` · ${row.last_status}`}`,
  }));
  const numbers = percent === null ? null : { main: t("chartRate", { percent }), more: median === null ? null : t("chartMedian", { duration: duration(median) }) };
  return <BarChart label={t("chart")} bars={bars} numbers={numbers} onOpen={onOpen} />;
}

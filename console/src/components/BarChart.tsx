import { Tooltip } from "antd";
import styles from "./chart.module.css";

interface Bar<Id> {
  id: Id;
  kind: "good" | "bad" | "waiting" | "quiet";
  /** In per cent of the chart's height. */
  height: number;
  label: string;
}

/** Bars that lead to what they stand for, and beside them what they say as a whole. */
export function BarChart<Id extends string | number>({ label, bars, numbers, onOpen }: {
  label: string;
  bars: readonly Bar<Id>[];
  numbers: { main: string; more: string | null } | null;
  onOpen: (id: Id) => void;
}) {
  return (
    <div className={styles["chart"]}>
      <div className={styles["bars"]} role="group" aria-label={label}>
        {bars.map(({ id, kind, height, label: name }) => (
          <Tooltip key={id} title={name}>
            <button type="button" className={`${styles["bar"]} ${styles[kind]}`} style={{ height: `${height}%` }} aria-label={name} onClick={() => onOpen(id)} />
          </Tooltip>
        ))}
      </div>
      {numbers && (
        <div className={styles["numbers"]}>
          <strong className="number">{numbers.main}</strong>
          {numbers.more}
        </div>
      )}
    </div>
  );
}

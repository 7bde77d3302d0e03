import { Tooltip } from "antd";
import { useActivity } from "../../api/repositories";
import { activityBars, activityTotals } from "../../lib/activity";
import { count, localeOf } from "../../lib/format";
import { useLanguage, useText } from "../../text/language";
import styles from "./repository.module.css";
import { useRepositoryContext } from "./RepositoryPage";
import { infoText } from "./text";

/** Pushes and pulls of the last days, a column for each day. */
export function ActivityChart() {
  const t = useText(infoText);
  const locale = localeOf(useLanguage().language);
  const { place } = useRepositoryContext();
  const { data } = useActivity(place);
  if (!data) return <div className={styles["activity"]} />;
  const { pushes, pulls } = activityTotals(data.days);
  const words = t("activityTotals", { pushes: count(pushes, locale), pulls: count(pulls, locale) });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  return (
    <>
      <div className={styles["activity"]} role="img" aria-label={words}>
        {activityBars(data.days).map((bar) => (
          <Tooltip key={bar.day} title={`${date.format(new Date(bar.day))} · ${t("activityTotals", { pushes: bar.pushes, pulls: bar.pulls })}`}>
            <span className={styles["activityDay"]}>
              <span className={styles["pulls"]} style={{ height: `${bar.pullHeight}%` }} />
              <span className={styles["pushes"]} style={{ height: `${bar.pushHeight}%` }} />
            </span>
          </Tooltip>
        ))}
      </div>
      <div className={styles["activityKey"]}>
        <span className={styles["pushesKey"]}>{t("activityPushes", { pushes: count(pushes, locale) })}</span>
        <span className={styles["pullsKey"]}>{t("activityPulls", { pulls: count(pulls, locale) })}</span>
      </div>
    </>
  );
}

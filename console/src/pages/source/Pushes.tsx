import { BranchesOutlined, TagOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { type Push, usePushes } from "../../api/github";
import type { Place } from "../../api/repositories";
import { Empty } from "../../components/Empty";
import { Pager, useListState } from "../../components/paging";
import { Loaded } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { text as buildText } from "../builds/text";
import styles from "./source.module.css";
import { text } from "./text";

const DEFAULTS = {};

/** Why did this push build, or not? */
export function Pushes({ place }: { place: Place }) {
  const t = useText(text);
  const list = useListState(DEFAULTS);
  const query = usePushes(place, { ...(list.cursor && { cursor: list.cursor }), limit: 20 }, true);
  return (
    <Loaded query={query}>
      {query.data?.items.length === 0 ? (
        <Empty icon={<BranchesOutlined aria-hidden />} title={t("noPushesTitle")}>
          {t("noPushesText")}
        </Empty>
      ) : (
        <>
          <p className="secondary" style={{ marginTop: 0 }}>
            {t("pushesAbout")}
          </p>
          {query.data?.items.map((push) => <OnePush key={push.id} place={place} push={push} />)}
        </>
      )}
      <Pager next={query.data?.next_cursor} />
    </Loaded>
  );
}

function OnePush({ place, push }: { place: Place; push: Push }) {
  return (
    <article className={styles["push"]}>
      <div>
        {push.type === "branch" ? <BranchesOutlined aria-hidden /> : <TagOutlined aria-hidden />} <strong className="break">{push.ref}</strong>{" "}
        {push.commit && <span className="mono secondary">{push.commit.slice(0, 7)}</span>} {push.message.split("\n")[0]}{" "}
        <span className="secondary">
          <Time at={push.at} /> {push.pushed_by ?? push.author}
        </span>
      </div>
      <div className="secondary">{push.verdicts.length === 0 && push.summary}</div>
      <ul>
        {push.verdicts.map((verdict) => (
          <li key={verdict.rule_id}>
            <VerdictLine place={place} verdict={verdict} />
          </li>
        ))}
      </ul>
    </article>
  );
}

function VerdictLine({ place, verdict }: { place: Place; verdict: Push["verdicts"][number] }) {
  const t = useText(text);
  const b = useText(buildText);
  if (verdict.build_number !== null) {
    return (
      <>
        <span className="mono">{verdict.rule}</span> →{" "}
        <Link to={`/repositories/${place.namespace}/${place.name}/builds/${verdict.build_number}`}>{t("built", { number: verdict.build_number })}</Link>{" "}
        {verdict.build_status && b(`status.${verdict.build_status}`)} <span className="mono secondary">{verdict.tags.join(", ")}</span>
      </>
    );
  }
  return (
    <span className="secondary">
      <span className="mono">{verdict.rule}</span> → {verdict.reason ? t(`reason.${verdict.reason}`) : b("status.queued")} {verdict.reason && verdict.detail && `(${verdict.detail})`}
    </span>
  );
}

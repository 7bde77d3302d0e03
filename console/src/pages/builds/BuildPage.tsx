import { Alert, Collapse } from "antd";
import { Link, useParams } from "react-router";
import { type BuildDetails, logAddress, useBuild } from "../../api/builds";
import { CopyButton } from "../../components/Copy";
import { useTitle } from "../../components/Page";
import { Loaded } from "../../components/Problem";
import { Time } from "../../components/Time";
import { duration, shortDigest } from "../../lib/format";
import { useText } from "../../text/language";
import { useRepositoryContext } from "../repository/RepositoryPage";
import styles from "./builds.module.css";
import { LogView } from "./LogView";
import { BuildActions } from "./Records";
import { Status } from "./Status";
import { text } from "./text";

/** One build: what, why, how long, and its log. */
export function BuildPage() {
  const t = useText(text);
  const { place, may, repository } = useRepositoryContext();
  const { number = "0" } = useParams();
  const query = useBuild(place, Number(number));
  useTitle(`${t("title", { number })} · ${repository.full_name}`);
  const build = query.data;
  return (
    <Loaded query={query}>
      {build && (
        <>
          <div className="toolbar" style={{ alignItems: "flex-start" }}>
            <div>
              <Link to={`/repositories/${repository.full_name}/builds`}>{t("back")}</Link>
              <h2 style={{ margin: 0, fontSize: 16 }}>
                {t("title", { number })} <Status build={build} />
              </h2>
            </div>
            <span className="spring" />
            {may.push && <BuildActions place={place} build={build} large />}
          </div>
          {build.detail && <Alert type={build.group === "failed" ? "error" : "info"} showIcon title={build.detail} style={{ marginBottom: 14 }} />}
          <Facts build={build} />
          <Phases build={build} />
          <LogView key={build.id} address={logAddress(place, build.number)} fileName={`${repository.name}-${build.number}.log`} />
          {build.dockerfile && <Collapse ghost size="small" items={[{ key: "dockerfile", label: t("showDockerfile"), children: <pre className={styles["dockerfile"]}>{build.dockerfile}</pre> }]} />}
        </>
      )}
    </Loaded>
  );
}

function Facts({ build }: { build: BuildDetails }) {
  const t = useText(text);
  const { source } = build;
  return (
    <dl className={styles["facts"]}>
      <Fact name={t("commit")}>
        <span className="mono">{source.commit.slice(0, 7)}</span> <CopyButton value={source.commit} what={t("commit")} />
        <div className={styles["message"]}>{source.message.split("\n")[0]}</div>
        <span className="secondary">{source.author}</span>
      </Fact>
      <Fact name={t("ref")}>
        {source.ref.replace(/^refs\/(?:heads|tags)\//, "")}
        <div className="secondary">{source.project}</div>
      </Fact>
      <Fact name={t("version")}>
        <span className="mono">{build.tags.join(", ")}</span>
        {build.digest && (
          <div className="mono secondary">
            {shortDigest(build.digest)} <CopyButton value={build.digest} what={t("digest")} />
          </div>
        )}
      </Fact>
      <Fact name={t("dockerfile")}>
        <span className="mono">{build.recipe.dockerfile}</span>
        <div className="secondary mono">{build.recipe.context}</div>
      </Fact>
      <Fact name={t("cause")}>
        {t(`cause.${build.cause}`)} <span className="secondary">{build.retry_of === null ? build.caused_by : t("retryOf", { number: build.retry_of })}</span>
        <div className="secondary">
          <Time at={build.queued_at} />
        </div>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const PHASES = ["queue", "fetch", "build", "push"] as const;

/** Where the time went, as one bar. */
function Phases({ build }: { build: BuildDetails }) {
  const t = useText(text);
  const known = PHASES.flatMap((phase) => (build.seconds[phase] === undefined ? [] : [{ phase, seconds: build.seconds[phase] }]));
  const total = known.reduce((sum, { seconds }) => sum + seconds, 0);
  if (total === 0) return null;
  return (
    <div role="group" aria-label={t("timings")}>
      <div className={styles["phases"]}>
        {known.map(({ phase, seconds }) => (
          <span key={phase} className={styles[phase]} style={{ width: `${(100 * seconds) / total}%` }} />
        ))}
      </div>
      <div className={styles["legend"]}>
        {known.map(({ phase, seconds }) => (
          <span key={phase}>
            <i className={styles[phase]} />
            {t(`phase.${phase}`)} <span className="number">{duration(seconds * 1000)}</span>
          </span>
        ))}
      </div>
    </div>
  );
}

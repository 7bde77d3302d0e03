import { BuildOutlined } from "@ant-design/icons";
import { App, Button, Popconfirm, Segmented, Table, type TableColumnsType } from "antd";
import { Link, useNavigate } from "react-router";
import { type Build, type BuildList, useBuilds, useCancelBuild, useRetryBuild } from "../../api/builds";
import type { Place } from "../../api/repositories";
import { BarChart } from "../../components/BarChart";
import { Empty } from "../../components/Empty";
import { Pager, useListState } from "../../components/paging";
import { Loaded, useProblemWords } from "../../components/Problem";
import { text as common } from "../../components/text";
import { Elapsed, Time } from "../../components/Time";
import { buildSummary } from "../../lib/builds";
import { duration } from "../../lib/format";
import { useText } from "../../text/language";
import styles from "./builds.module.css";
import { Status } from "./Status";
import { text } from "./text";

const DEFAULTS = { status: "" };

/** What was built, the newest first; it follows what happens by itself. */
export function Records({ place, mayPush, emptyText }: { place: Place; mayPush: boolean; emptyText?: string }) {
  const t = useText(text);
  const list = useListState(DEFAULTS);
  const status = list.values.status as BuildList["status"] | "";
  const query = useBuilds(place, { ...(status && { status }), ...(list.cursor && { cursor: list.cursor }), limit: 25 });
  const items = query.data?.items ?? [];
  if (!status && !list.cursor && query.data?.items.length === 0) {
    return (
      <Empty icon={<BuildOutlined aria-hidden />} title={t("noRecordsTitle")}>
        {emptyText ?? t("noRecordsText")}
      </Empty>
    );
  }
  return (
    <>
      {!status && !list.cursor && items.length > 1 && <Chart place={place} builds={items} />}
      <div className="toolbar">
        <Segmented
          aria-label={t("status")}
          value={status ?? ""}
          onChange={(next) => list.set({ status: next })}
          options={[
            { value: "", label: t("all") },
            { value: "success", label: t("success") },
            { value: "building", label: t("building") },
            { value: "failed", label: t("failed") },
          ]}
        />
      </div>
      <Loaded query={query}>
        <BuildTable place={place} builds={items} mayPush={mayPush} />
      </Loaded>
      <Pager next={query.data?.next_cursor} />
    </>
  );
}

/** The latest builds as bars. */
function Chart({ place, builds }: { place: Place; builds: readonly Build[] }) {
  const t = useText(text);
  const navigate = useNavigate();
  const { percent, median, bars } = buildSummary(builds);
  return (
    <BarChart
      label={t("chart")}
      bars={bars.map((bar) => ({ ...bar, label: `${t("title", { number: bar.number })} · ${t(`status.${bar.status}`)}${bar.milliseconds === null ? "" : ` · ${duration(bar.milliseconds)}`}` }))}
      onOpen={(number) => void navigate(`/repositories/${place.namespace}/${place.name}/builds/${number}`)}
      numbers={percent === null ? null : { main: t("rate", { percent }), more: median === null ? null : t("median", { duration: duration(median) }) }}
    />
  );
}

function BuildTable({ place, builds, mayPush }: { place: Place; builds: readonly Build[]; mayPush: boolean }) {
  const t = useText(text);
  const c = useText(common);
  const columns: TableColumnsType<Build> = [
    { title: t("number"), key: "number", width: 64, render: (_, build) => <Link to={`/repositories/${build.repository}/builds/${build.number}`}>#{build.number}</Link> },
    { title: t("status"), key: "status", render: (_, build) => <Status build={build} /> },
    { title: t("version"), key: "tags", responsive: ["sm"], render: (_, build) => <span className="mono break">{build.tags.join(", ")}</span> },
    { title: t("source"), key: "source", responsive: ["md"], render: (_, build) => <Source build={build} /> },
    { title: t("cause"), key: "cause", responsive: ["lg"], render: (_, build) => <Cause build={build} /> },
    { title: t("when"), key: "when", responsive: ["sm"], render: (_, build) => <span className="nowrap"><Time at={build.queued_at} /></span> },
    { title: t("took"), key: "took", responsive: ["md"], align: "right", render: (_, build) => <span className="nowrap number"><Elapsed from={build.started_at} to={build.finished_at} /></span> },
    {
      title: <span className="visually-hidden">{c("actions")}</span>,
      key: "actions",
      align: "right",
      render: (_, build) => (
        <span className="actions">
          <Link to={`/repositories/${build.repository}/builds/${build.number}`} aria-label={t("logOf", { number: build.number })}>
            {t("log")}
          </Link>
          {mayPush && <BuildActions place={place} build={build} />}
        </span>
      ),
    },
  ];
  return <Table size="small" rowKey="id" columns={columns} dataSource={builds as Build[]} pagination={false} locale={{ emptyText: c("nothingFound") }} />;
}

function Source({ build }: { build: Build }) {
  return (
    <>
      <span className="mono">{build.source.commit.slice(0, 7)}</span> <span className="secondary">{build.source.ref.replace(/^refs\/(?:heads|tags)\//, "")}</span>
      <div className={`${styles["message"]} secondary`}>{build.source.message.split("\n")[0]}</div>
    </>
  );
}

function Cause({ build }: { build: Build }) {
  const t = useText(text);
  return (
    <>
      {t(`cause.${build.cause}`)}
      <div className="secondary">{build.retry_of === null ? build.caused_by : t("retryOf", { number: build.retry_of })}</div>
    </>
  );
}

/** Stop it while it runs, or build it again afterwards. */
export function BuildActions({ place, build, large = false }: { place: Place; build: Pick<Build, "number" | "cancelable" | "stopping" | "group" | "repository">; large?: boolean }) {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const cancel = useCancelBuild(place);
  const retry = useRetryBuild(place);
  const look = large ? ({} as const) : ({ type: "link", size: "small" } as const);
  if (build.group === "building") {
    const stop = () =>
      cancel.mutateAsync(build.number).then(
        () => void message.success(t("canceled", { number: build.number })),
        (error: unknown) => void message.error(words(error)),
      );
    if (!build.cancelable || build.stopping) return null;
    return (
      <Popconfirm title={t("cancelTitle", { number: build.number })} okText={t("cancel")} cancelText={t("keep")} okButtonProps={{ danger: true }} onConfirm={stop}>
        <Button {...look} danger>
          {t("cancel")}
        </Button>
      </Popconfirm>
    );
  }
  const again = () =>
    retry.mutate(build.number, {
      onSuccess: (made) => {
        message.success(t("retried", { number: made.number }));
        if (large) void navigate(`/repositories/${build.repository}/builds/${made.number}`);
      },
      onError: (error) => message.error(words(error)),
    });
  return (
    <Button {...look} loading={retry.isPending} onClick={again}>
      {t("retry")}
    </Button>
  );
}

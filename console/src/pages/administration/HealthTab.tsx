import { Alert, App, Badge, Button, Card, Table, type TableColumnsType } from "antd";
import { type BoatyardHealth, useHealth, useStartSweep, useSweep } from "../../api/administration";
import { Loaded, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { type Fault, faultOf, faults, type Health, type HealthRow, healthRows } from "../../lib/health";
import { useText } from "../../text/language";
import list from "../repository/repository.module.css";
import styles from "./health.module.css";
import { text } from "./text";

/** How every process of every service is, wherever it runs. */
export function HealthTab() {
  const query = useHealth();
  return (
    <Loaded query={query}>
      {query.data && <Report health={query.data} />}
      <Sweep />
    </Loaded>
  );
}

function Report({ health: { asked, processes, missing } }: { health: BoatyardHealth }) {
  const t = useText(text);
  const count = faults(processes, missing);
  if (!asked) return <Alert type="error" showIcon title={t("notAsked")} />;
  return (
    <>
      <Alert type={count === 0 ? "success" : "error"} showIcon title={count === 0 ? t("well") : t("notWell", { count })} style={{ marginBottom: 16 }} />
      <Processes rows={healthRows(processes, missing)} />
    </>
  );
}

function Processes({ rows }: { rows: HealthRow[] }) {
  const t = useText(text);
  const ofProcess = ({ span }: HealthRow) => ({ rowSpan: span });
  const columns: TableColumnsType<HealthRow> = [
    { title: t("service"), dataIndex: "service", width: 200, render: (name: string) => <strong>{name}</strong> },
    { title: t("state"), key: "state", onCell: ofProcess, render: (_, { health }) => <State health={health} /> },
    { title: t("process"), key: "process", width: 260, responsive: ["md"], onCell: ofProcess, render: (_, { health }) => health?.process },
  ];
  return (
    <Table
      size="small"
      rowKey={({ service, health }) => `${service} ${health?.process ?? ""}`}
      rowClassName={({ health }) => (health ? "" : (styles["missing"] ?? ""))}
      columns={columns}
      dataSource={rows}
      pagination={false}
    />
  );
}

function State({ health }: { health: Health | null }) {
  const t = useText(text);
  const words = useFaultWords();
  if (!health) return <Badge status="error" text={t("missing")} />;
  const problems = Object.entries(health.problems);
  return (
    <div className={styles["said"]}>
      {problems.length === 0 && <Badge status="success" text={t("good")} />}
      {problems.map(([part, reason]) => (
        <Badge key={part} status="error" text={words(faultOf(part, reason))} />
      ))}
      {Object.entries(health.notes).map(([part, note]) => (
        <Badge key={part} status="warning" text={t("note", { part, note })} />
      ))}
    </div>
  );
}

function useFaultWords(): (fault: Fault) => string {
  const t = useText(text);
  return (fault) => {
    switch (fault.kind) {
      case "nats":
        return t("natsAway");
      case "silent":
        return t("databaseSilent", fault);
      case "database":
        return t("databaseFails", fault);
      case "overdue":
        return t("overdue", fault);
      case "task":
        return t("taskFails", fault);
      case "other":
        return t("note", { part: fault.part, note: fault.reason });
    }
  };
}

function Sweep() {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const query = useSweep();
  const start = useStartSweep();
  const report = query.data;
  return (
    <Card
      size="small"
      title={t("sweepTitle")}
      style={{ marginTop: 20 }}
      extra={
        <Button size="small" loading={start.isPending || report?.running} onClick={() => start.mutate(undefined, { onError: (error) => message.error(words(error)) })}>
          {report?.running ? t("sweeping") : t("sweepNow")}
        </Button>
      }
    >
      <p className="secondary" style={{ margin: "0 0 10px", maxWidth: "80ch" }}>
        {t("sweepAbout")}
      </p>
      <Loaded query={query} rows={3}>
        {report && (
          <dl className={list["keyValues"]}>
            <dt>{t("last")}</dt>
            <dd>
              <Time at={report.finished_at} />
            </dd>
            <dt>{t("next")}</dt>
            <dd>
              <Time at={report.next_at} />
            </dd>
            <dt>{t("found")}</dt>
            <dd>{t("foundText", { repositories: report.repositories, tags: report.tags })}</dd>
            <dt>{t("changes")}</dt>
            <dd>{report.changes}</dd>
            <dt>{t("skipped")}</dt>
            <dd>{report.skipped}</dd>
            {report.error && (
              <>
                <dt>{t("error")}</dt>
                <dd>{report.error}</dd>
              </>
            )}
          </dl>
        )}
      </Loaded>
    </Card>
  );
}

import { Alert, App, Badge, Button, Card, Table, type TableColumnsType } from "antd";
import { useHealth, useStartSweep, useSweep } from "../../api/administration";
import { Loaded, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import styles from "../repository/repository.module.css";
import { text } from "./text";

interface Part {
  name: string;
  problem: string | null;
}

export function HealthTab() {
  const t = useText(text);
  const query = useHealth();
  const problems = query.data?.problems ?? {};
  const parts: Part[] = [
    ...Object.entries(problems).map(([name, problem]) => ({ name, problem })),
    ...(query.data?.services ?? []).map((name) => ({ name, problem: null })),
  ];
  const columns: TableColumnsType<Part> = [
    { title: t("part"), dataIndex: "name", width: 260 },
    {
      title: t("state"),
      key: "state",
      render: (_, { problem }) => <Badge status={problem === null ? "success" : "error"} text={problem ?? t("good")} />,
    },
  ];
  const count = Object.keys(problems).length;
  return (
    <Loaded query={query}>
      <Alert type={count === 0 ? "success" : "error"} showIcon title={count === 0 ? t("well") : t("notWell", { count })} style={{ marginBottom: 16 }} />
      <Table size="small" rowKey="name" columns={columns} dataSource={parts} pagination={false} />
      <Sweep />
    </Loaded>
  );
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
          <dl className={styles["keyValues"]}>
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

import { LockOutlined, SyncOutlined } from "@ant-design/icons";
import { Table, type TableColumnsType, Tooltip } from "antd";
import { Link } from "react-router";
import type { RepositoryRow } from "../../api/repositories";
import { text as common } from "../../components/text";
import { Time } from "../../components/Time";
import { count, localeOf } from "../../lib/format";
import { useLanguage, useText } from "../../text/language";
import styles from "./repositories.module.css";
import { text } from "./text";

/** Repositories, one a row. */
export function RepositoryTable({ rows, action, empty }: { rows: readonly RepositoryRow[]; action: string; empty?: string }) {
  const t = useText(text);
  const c = useText(common);
  const { language } = useLanguage();
  const locale = localeOf(language);
  const columns: TableColumnsType<RepositoryRow> = [
    { title: t("repository"), key: "name", render: (_, row) => <NameCell row={row} /> },
    { title: t("tags"), dataIndex: "tag_count", align: "right", width: 90, responsive: ["sm"], render: (n: number) => <span className="number">{count(n, locale)}</span> },
    { title: t("pulls"), dataIndex: "pull_count", align: "right", width: 100, responsive: ["md"], render: (n: number) => <span className="number">{count(n, locale)}</span> },
    { title: t("stars"), dataIndex: "star_count", align: "right", width: 90, responsive: ["lg"], render: (n: number) => <span className="number">{count(n, locale)}</span> },
    { title: t("pushed"), dataIndex: "last_pushed_at", width: 150, responsive: ["sm"], render: (at: string | null) => <span className="secondary nowrap"><Time at={at} /></span> },
    {
      title: <span className="visually-hidden">{c("actions")}</span>,
      key: "action",
      align: "right",
      width: 80,
      render: (_, row) => (
        <Link to={`/repositories/${row.full_name}`} aria-label={`${action} ${row.full_name}`}>
          {action}
        </Link>
      ),
    },
  ];
  return (
    <Table
      size="small"
      rowKey="id"
      columns={columns}
      dataSource={rows as RepositoryRow[]}
      pagination={false}
      locale={{ emptyText: empty ?? c("nothingFound") }}
    />
  );
}

function NameCell({ row }: { row: RepositoryRow }) {
  const t = useText(text);
  const c = useText(common);
  return (
    <div className={styles["nameCell"]}>
      <Link to={`/repositories/${row.full_name}`} className={styles["name"]}>
        <span className={styles["namespace"]}>{row.namespace}/</span>
        {row.name}
      </Link>
      {!row.public && (
        <Tooltip title={c("private")}>
          <LockOutlined className={styles["mark"]} aria-label={c("private")} />
        </Tooltip>
      )}
      {row.continuous_build && (
        <Tooltip title={t("built")}>
          <SyncOutlined className={styles["mark"]} aria-label={t("built")} />
        </Tooltip>
      )}
      {row.summary && <div className={styles["summary"]}>{row.summary}</div>}
    </div>
  );
}

import { AuditOutlined, DownOutlined } from "@ant-design/icons";
import { Button, Input, Select, Table, type TableColumnsType, Tag } from "antd";
import { Link } from "react-router";
import { type AuditList, type AuditRecord, useAudit } from "../../api/administration";
import { CopyButton } from "../../components/Copy";
import { Empty } from "../../components/Empty";
import { Pager, useListState } from "../../components/paging";
import { Loaded } from "../../components/Problem";
import { Search } from "../../components/Search";
import { text as common } from "../../components/text";
import { Time } from "../../components/Time";
import { type Subject, subjects } from "../../lib/audit";
import { exactTime, localeOf, localMoment } from "../../lib/format";
import { useLanguage, useText } from "../../text/language";
import type { Texts } from "../../text/text";
import styles from "../repository/repository.module.css";
import own from "./audit.module.css";
import { auditText as text, operationText, refusalText } from "./text";

const DEFAULTS = { actor: "", repository: "", action: "", outcome: "", since: "", until: "" };
const LATEST = "9999-12-31T23:59"; // a longer year is none to the API
type List = ReturnType<typeof useListState<keyof typeof DEFAULTS>>;

/** Who did what, for those who have to know. */
export function AuditTab() {
  const t = useText(text);
  const list = useListState(DEFAULTS);
  const wanted = Object.fromEntries(Object.entries(list.values).filter(([, value]) => value !== "")) as AuditList;
  const filtered = Object.keys(wanted).length > 0;
  const query = useAudit({ ...wanted, ...(list.cursor && { cursor: list.cursor }), limit: 50 });
  if (!filtered && !list.cursor && query.data?.items.length === 0) {
    return (
      <Empty icon={<AuditOutlined aria-hidden />} title={t("emptyTitle")}>
        {t("about")}
      </Empty>
    );
  }
  return (
    <>
      <p className="secondary" style={{ margin: "0 0 12px", maxWidth: "80ch" }}>
        {t("about")}
      </p>
      <Filters list={list} />
      <Loaded query={query}>
        <AuditTable records={query.data?.items ?? []} onShowAll={filtered ? () => list.set(DEFAULTS) : null} />
      </Loaded>
      <Pager next={query.data?.next_cursor} />
    </>
  );
}

function Filters({ list }: { list: List }) {
  const t = useText(text);
  const operations = useText(operationText);
  const { actor, repository, action, outcome } = list.values;
  const known = (Object.keys(operationText) as (keyof typeof operationText)[]).map((id) => ({ value: id as string, label: operations(id) }));
  const others = action && !(action in operationText) ? [{ value: action, label: action }] : [];
  return (
    <div className="toolbar" role="search" aria-label={t("tab")}>
      <Search value={actor} onChange={(next) => list.set({ actor: next.trim() })} label={t("filterWho")} />
      <Search value={repository} onChange={(next) => list.set({ repository: next.trim() })} label={t("filterRepository")} />
      <Select
        aria-label={t("filterAction")}
        showSearch={{ optionFilterProp: "label" }}
        value={action}
        onChange={(next) => list.set({ action: next })}
        popupMatchSelectWidth={false}
        style={{ minWidth: 150 }}
        options={[{ value: "", label: t("anything") }, ...others, ...known]}
      />
      <Select
        aria-label={t("filterOutcome")}
        value={outcome}
        onChange={(next) => list.set({ outcome: next })}
        popupMatchSelectWidth={false}
        style={{ minWidth: 150 }}
        options={[
          { value: "", label: t("anyOutcome") },
          { value: "done", label: t("done") },
          { value: "refused", label: t("refused") },
        ]}
      />
      <Moment name="since" list={list} />
      <Moment name="until" list={list} />
    </div>
  );
}

/** A moment in the reader's zone; the address has it in everybody's. */
function Moment({ name, list }: { name: "since" | "until"; list: List }) {
  const t = useText(text);
  const set = (typed: string) => list.set({ [name]: typed && new Date(typed).toISOString() });
  return (
    <label className="nowrap">
      {t(name)}{" "}
      <Input type="datetime-local" max={LATEST} value={localMoment(new Date(list.values[name]))} onChange={(event) => set(event.target.value)} style={{ width: 200 }} />
    </label>
  );
}

/** What was done, in words where there are some. */
function useDeed(): (record: AuditRecord) => string {
  const operations = useText(operationText as Texts);
  const refusals = useText(refusalText as Texts);
  return ({ action, outcome }) => (outcome === "refused" && action in refusalText ? refusals(action) : operations(action));
}

function AuditTable({ records, onShowAll }: { records: readonly AuditRecord[]; onShowAll: (() => void) | null }) {
  const t = useText(text);
  const { language } = useLanguage();
  const deed = useDeed();
  const columns: TableColumnsType<AuditRecord> = [
    {
      title: t("when"),
      key: "when",
      render: (_, one) => (
        <span className="nowrap">
          <Time at={one.at} />
        </span>
      ),
    },
    { title: t("who"), key: "who", render: (_, one) => <Actor record={one} /> },
    { title: t("did"), key: "did", render: (_, one) => deed(one) },
    { title: t("target"), key: "target", responsive: ["sm"], render: (_, one) => <Target record={one} /> },
    { title: t("outcome"), key: "outcome", responsive: ["sm"], render: (_, one) => (one.outcome === "refused" ? <Tag color="red">{t("refused")}</Tag> : t("done")) },
    { title: t("address"), dataIndex: "address", responsive: ["md"], render: (address: string) => <span className="mono break">{address}</span> },
  ];
  return (
    <Table
      size="small"
      rowKey="id"
      columns={columns}
      dataSource={records as AuditRecord[]}
      pagination={false}
      locale={{ emptyText: <NothingFound onShowAll={onShowAll} /> }}
      expandable={{
        columnTitle: <span className="visually-hidden">{t("detailsTitle")}</span>,
        expandedRowRender: (record) => <Details record={record} />,
        expandIcon: ({ expanded, onExpand, record }) => (
          <Button
            type="text"
            size="small"
            aria-expanded={expanded}
            aria-label={t("details", { what: deed(record), when: exactTime(new Date(record.at), localeOf(language)) })}
            icon={<DownOutlined aria-hidden rotate={expanded ? 0 : -90} style={{ fontSize: 11 }} />}
            onClick={(event) => onExpand(record, event)}
          />
        ),
      }}
    />
  );
}

function NothingFound({ onShowAll }: { onShowAll: (() => void) | null }) {
  const t = useText(text);
  const c = useText(common);
  return (
    <>
      <div>{c("nothingFound")}</div>
      {onShowAll && (
        <div>
          {t("nothingText")}{" "}
          <Button type="link" size="small" onClick={onShowAll}>
            {t("showAll")}
          </Button>
        </div>
      )}
    </>
  );
}

function Actor({ record: { actor, credential } }: { record: AuditRecord }) {
  const t = useText(text);
  return (
    <span className={own["actor"]}>
      {actor ? <strong>{actor}</strong> : t("nobody")} {credential && <span className={styles["small"]}>{t(credential)}</span>}
    </span>
  );
}

function Target({ record }: { record: AuditRecord }) {
  return subjects(record).map((subject, index) => (
    <span key={subject.kind} className="break">
      {index > 0 && " · "}
      <SubjectName subject={subject} />
    </span>
  ));
}

function SubjectName({ subject: { kind, name } }: { subject: Subject }) {
  const t = useText(text);
  return kind === "repository" ? <Link to={`/repositories/${name}`}>{name}</Link> : t(kind, { name });
}

/** All that is known: the names are those of the API. */
function Details({ record }: { record: AuditRecord }) {
  const t = useText(text);
  const { language } = useLanguage();
  return (
    <div className={styles["expanded"]}>
      <dl className={styles["keyValues"]}>
        {Object.entries({ ...record.target, ...record.details }).map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
        <dt>{t("exactly")}</dt>
        <dd>{exactTime(new Date(record.at), localeOf(language))}</dd>
        <dt>{t("operation")}</dt>
        <dd className="mono">{record.action}</dd>
        <dt>{t("address")}</dt>
        <dd className="mono">{record.address}</dd>
        <dt>{t("requestId")}</dt>
        <dd className="mono">
          {record.request_id} {record.request_id && <CopyButton value={record.request_id} what={t("requestId")} />}
        </dd>
      </dl>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="mono">{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

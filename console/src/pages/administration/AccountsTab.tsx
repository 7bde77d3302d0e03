import { App, Switch, Table, type TableColumnsType } from "antd";
import { Link } from "react-router";
import { type ManagedAccount, useAccounts, useChangeRights } from "../../api/administration";
import { useAccount } from "../../app/session";
import { Pager, useListState } from "../../components/paging";
import { Loaded, useProblemWords } from "../../components/Problem";
import { Search } from "../../components/Search";
import { Time } from "../../components/Time";
import { useText } from "../../text/language";
import { text } from "./text";

const DEFAULTS = { q: "" };

export function AccountsTab() {
  const t = useText(text);
  const words = useProblemWords();
  const { message } = App.useApp();
  const self = useAccount().username;
  const list = useListState(DEFAULTS);
  const query = useAccounts({ q: list.values.q, ...(list.cursor && { cursor: list.cursor }), limit: 50 });
  const rights = useChangeRights();
  const change = (username: string, wish: { disabled?: boolean; administrator?: boolean }) =>
    rights.mutate({ username, ...wish }, {
      onSuccess: () => message.success(t("saved")),
      onError: (error) => message.error(words(error)),
    });
  const columns: TableColumnsType<ManagedAccount> = [
    { title: t("username"), dataIndex: "username", render: (name: string) => <Link to={`/administration/storage?namespace=${name}`}><strong>{name}</strong></Link> },
    { title: t("email"), dataIndex: "email", responsive: ["md"] },
    { title: t("since"), dataIndex: "created_at", responsive: ["sm"], render: (at: string) => <Time at={at} /> },
    {
      title: t("administrator"),
      key: "administrator",
      render: (_, one) => (
        <Switch size="small" checked={one.administrator} disabled={one.username === self} aria-label={t("administratorOf", { name: one.username })} onChange={(administrator) => change(one.username, { administrator })} />
      ),
    },
    {
      title: t("active"),
      key: "active",
      render: (_, one) => (
        <Switch size="small" checked={!one.disabled} disabled={one.username === self} aria-label={t("activeOf", { name: one.username })} onChange={(active) => change(one.username, { disabled: !active })} />
      ),
    },
  ];
  return (
    <>
      <div className="toolbar">
        <Search value={list.values.q} onChange={(q) => list.set({ q })} label={t("search")} />
      </div>
      <Loaded query={query}>
        <Table size="small" rowKey="username" columns={columns} dataSource={query.data?.items ?? []} pagination={false} />
      </Loaded>
      <Pager next={query.data?.next_cursor} />
    </>
  );
}

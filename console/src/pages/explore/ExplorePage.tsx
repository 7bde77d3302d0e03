import { CompassOutlined } from "@ant-design/icons";
import { type RepositoryList, useRepositories } from "../../api/repositories";
import { Empty } from "../../components/Empty";
import { Page, useTitle } from "../../components/Page";
import { Pager, useListState } from "../../components/paging";
import { Loaded } from "../../components/Problem";
import { Search } from "../../components/Search";
import { useText } from "../../text/language";
import { RepositoryTable } from "../repositories/RepositoryTable";
import { SortSelect } from "../repositories/SortSelect";
import { text } from "./text";

const DEFAULTS = { q: "", sort: "-pulls" };

/** Everybody's public repositories, for everybody. */
export function ExplorePage() {
  const t = useText(text);
  useTitle(t("title"));
  const list = useListState(DEFAULTS);
  const { q, sort } = list.values;
  const query = useRepositories({ scope: "public", q, sort: sort as RepositoryList["sort"], ...(list.cursor && { cursor: list.cursor }), limit: 25 });
  const empty = !q && !list.cursor && query.data?.items.length === 0;
  return (
    <Page title={t("title")} description={t("about")}>
      {empty ? (
        <Empty icon={<CompassOutlined aria-hidden />} title={t("emptyTitle")}>
          {t("emptyText")}
        </Empty>
      ) : (
        <>
          <div className="toolbar">
            <Search value={q} onChange={(next) => list.set({ q: next })} label={t("search")} />
            <span className="spring" />
            <SortSelect value={sort} onChange={(next) => list.set({ sort: next })} />
          </div>
          <Loaded query={query}>
            <RepositoryTable rows={query.data?.items ?? []} action={t("view")} />
          </Loaded>
          <Pager next={query.data?.next_cursor} />
        </>
      )}
    </Page>
  );
}

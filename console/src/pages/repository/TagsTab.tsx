import { TagsOutlined } from "@ant-design/icons";
import { Select } from "antd";
import { type TagList, useTags } from "../../api/tags";
import { Commands } from "../../components/Commands";
import { Empty } from "../../components/Empty";
import { Pager, useListState } from "../../components/paging";
import { Loaded } from "../../components/Problem";
import { Search } from "../../components/Search";
import { useText } from "../../text/language";
import { HistoryDrawer } from "./HistoryDrawer";
import { useRepositoryContext } from "./RepositoryPage";
import { TagTable } from "./TagTable";
import { tagText } from "./text";

const DEFAULTS = { q: "", sort: "-pushed", history: "" };

/** The versions of an image. */
export function TagsTab() {
  const t = useText(tagText);
  const { place, repository, may } = useRepositoryContext();
  const list = useListState(DEFAULTS);
  const { q, sort } = list.values;
  const query = useTags(place, { q, sort: sort as TagList["sort"], ...(list.cursor && { cursor: list.cursor }), limit: 25 });
  const history = list.values.history || null;
  const drawer = (
    <HistoryDrawer
      place={place}
      tag={history}
      mayPush={may.push}
      onClose={() => list.set({ history: "" })}
    />
  );
  if (!q && !list.cursor && query.data?.items.length === 0) {
    return (
      <>
        <Empty icon={<TagsOutlined aria-hidden />} title={t("emptyTitle")}>
          {may.push ? t("emptyText") : t("emptyReader")}
          {may.push && (
            <div style={{ marginTop: 8, textAlign: "left" }}>
              <Commands commands={repository.push} />
            </div>
          )}
        </Empty>
        {drawer}
      </>
    );
  }
  return (
    <>
      <div className="toolbar">
        <Search value={q} onChange={(next) => list.set({ q: next })} label={t("search")} />
        <span className="spring" />
        <Select
          aria-label={t("sort")}
          value={sort}
          onChange={(next) => list.set({ sort: next })}
          popupMatchSelectWidth={false}
          options={[
            { value: "-pushed", label: t("sortPushed") },
            { value: "name", label: t("sortName") },
            { value: "-name", label: t("sortNameDown") },
            { value: "-pulls", label: t("sortPulls") },
          ]}
        />
      </div>
      <Loaded query={query}>
        <TagTable place={place} may={may} tags={query.data?.items ?? []} onHistory={(tag) => list.set({ history: tag })} wanted={/[*?]/.test(q) ? "" : q} />
      </Loaded>
      <Pager next={query.data?.next_cursor} />
      {drawer}
    </>
  );
}

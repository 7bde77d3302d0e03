import { AppstoreOutlined, DownloadOutlined, PlusOutlined, StarOutlined, UploadOutlined } from "@ant-design/icons";
import { Button, Select, Tabs } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useOrganizations } from "../../api/organizations";
import { type RepositoryList, useFavourites, useRepositories } from "../../api/repositories";
import { useAccount } from "../../app/session";
import { Empty } from "../../components/Empty";
import { Page, useTitle } from "../../components/Page";
import { Pager, useListState } from "../../components/paging";
import { Loaded } from "../../components/Problem";
import { Search } from "../../components/Search";
import { text as common } from "../../components/text";
import { useText } from "../../text/language";
import { HelpModal } from "./HelpModal";
import { RepositoryTable } from "./RepositoryTable";
import { SortSelect } from "./SortSelect";
import { text } from "./text";

const DEFAULTS = { tab: "own", q: "", namespace: "", visibility: "", sort: "-updated" };
type Sort = RepositoryList["sort"];

export function RepositoriesPage() {
  const t = useText(text);
  useTitle(t("title"));
  const navigate = useNavigate();
  const list = useListState(DEFAULTS);
  const [help, setHelp] = useState<"push" | "pull" | null>(null);
  const create = () => void navigate("/repositories/new");
  return (
    <Page title={t("title")}>
      <div className="toolbar">
        <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={create}>
          {t("create")}
        </Button>
        <Button icon={<UploadOutlined aria-hidden />} onClick={() => setHelp("push")}>
          {t("push")}
        </Button>
        <Button icon={<DownloadOutlined aria-hidden />} onClick={() => setHelp("pull")}>
          {t("pull")}
        </Button>
      </div>
      <Tabs
        activeKey={list.values.tab}
        onChange={(tab) => list.set({ tab, q: "", namespace: "", visibility: "" })}
        destroyOnHidden
        items={[
          { key: "own", label: t("own"), children: <Own list={list} create={create} push={() => setHelp("push")} /> },
          { key: "favourites", label: t("favourites"), children: <Favourites list={list} /> },
        ]}
      />
      <HelpModal kind={help} onClose={() => setHelp(null)} />
    </Page>
  );
}

type List = ReturnType<typeof useListState<keyof typeof DEFAULTS>>;

function Own({ list, create, push }: { list: List; create: () => void; push: () => void }) {
  const t = useText(text);
  const { q, namespace, visibility, sort } = list.values;
  const query = useRepositories({
    q,
    ...(namespace && { namespace }),
    ...(visibility && { visibility: visibility as "public" | "private" }),
    sort: sort as Sort,
    ...(list.cursor && { cursor: list.cursor }),
    limit: 25,
  });
  const filtered = q !== "" || namespace !== "" || visibility !== "";
  const empty = !filtered && !list.cursor && query.data?.items.length === 0;
  if (empty) {
    return (
      <Empty
        icon={<AppstoreOutlined aria-hidden />}
        title={t("emptyTitle")}
        actions={
          <>
            <Button type="primary" onClick={create}>
              {t("create")}
            </Button>
            <Button onClick={push}>{t("push")}</Button>
          </>
        }
      >
        {t("emptyText")}
      </Empty>
    );
  }
  return (
    <>
      <div className="toolbar">
        <Search value={q} onChange={(next) => list.set({ q: next })} label={t("search")} />
        <NamespaceFilter value={namespace} onChange={(next) => list.set({ namespace: next })} />
        <Select
          aria-label={t("visibility")}
          value={visibility}
          onChange={(next) => list.set({ visibility: next })}
          popupMatchSelectWidth={false}
          options={[
            { value: "", label: t("allVisibilities") },
            { value: "public", label: t("public") },
            { value: "private", label: t("private") },
          ]}
        />
        <span className="spring" />
        <SortSelect value={sort} onChange={(next) => list.set({ sort: next })} />
      </div>
      <Loaded query={query}>
        <RepositoryTable rows={query.data?.items ?? []} action={t("manage")} />
      </Loaded>
      <Pager next={query.data?.next_cursor} />
    </>
  );
}

function NamespaceFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useText(text);
  const { username } = useAccount();
  const organizations = useOrganizations();
  const names = [username, ...(organizations.data?.items.map(({ name }) => name) ?? [])];
  if (names.length === 1) return null;
  return (
    <Select
      aria-label={t("namespace")}
      value={value}
      onChange={onChange}
      popupMatchSelectWidth={false}
      options={[{ value: "", label: t("allNamespaces") }, ...names.map((name) => ({ value: name, label: name }))]}
    />
  );
}

function Favourites({ list }: { list: List }) {
  const t = useText(text);
  const c = useText(common);
  const { q, sort } = list.values;
  const query = useFavourites({ q, sort: sort as Sort, ...(list.cursor && { cursor: list.cursor }), limit: 25 });
  if (!q && !list.cursor && query.data?.items.length === 0) {
    return (
      <Empty icon={<StarOutlined aria-hidden />} title={t("noFavouritesTitle")} actions={<Link to="/explore">{t("explore")}</Link>}>
        {t("noFavouritesText")}
      </Empty>
    );
  }
  return (
    <>
      <div className="toolbar">
        <Search value={q} onChange={(next) => list.set({ q: next })} label={t("search")} />
        <span className="spring" />
        <SortSelect value={sort} onChange={(next) => list.set({ sort: next })} />
      </div>
      <Loaded query={query}>
        <RepositoryTable rows={query.data?.items ?? []} action={t("view")} empty={c("nothingFound")} />
      </Loaded>
      <Pager next={query.data?.next_cursor} />
    </>
  );
}

import { Tabs } from "antd";
import { useSource } from "../../api/github";
import { useListState } from "../../components/paging";
import { Loaded } from "../../components/Problem";
import { useText } from "../../text/language";
import { useRepositoryContext } from "../repository/RepositoryPage";
import { Pushes } from "../source/Pushes";
import { Rules } from "../source/Rules";
import { SourceLine, SourceSetup } from "../source/SourcePanel";
import { text as sourceText } from "../source/text";
import { Records } from "./Records";

const DEFAULTS = { list: "records" };

/** How a repository is built from GitHub: the rules above, what came of them below. */
export function BuildsTab() {
  const t = useText(sourceText);
  const { place, may, repository } = useRepositoryContext();
  const source = useSource(place, repository.continuous_build);
  const list = useListState(DEFAULTS);
  if (!repository.continuous_build || !source.data) {
    const known = repository.continuous_build && source.isPending;
    if (known) return <Loaded query={source}>{null}</Loaded>;
    return (
      <>
        {may.admin ? <SourceSetup place={place} /> : <p className="secondary">{t("introReader")}</p>}
        <h2 className="section">{t("records")}</h2>
        <Records place={place} mayPush={may.push} />
      </>
    );
  }
  return (
    <>
      <h2 className="section">{t("settings")}</h2>
      <SourceLine place={place} source={source.data} admin={may.admin} />
      <Rules place={place} project={source.data.project} may={may} />
      <Tabs
        style={{ marginTop: 20 }}
        activeKey={list.values.list}
        onChange={(next) => list.set({ list: next })}
        destroyOnHidden
        items={[
          { key: "records", label: t("records"), children: <Records place={place} mayPush={may.push} /> },
          { key: "pushes", label: t("pushes"), children: <Pushes place={place} /> },
        ]}
      />
    </>
  );
}

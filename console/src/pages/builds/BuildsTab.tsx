import { useText } from "../../text/language";
import { useRepositoryContext } from "../repository/RepositoryPage";
import { Records } from "./Records";
import { text } from "./text";

/** Rules above, records below. */
export function BuildsTab() {
  const t = useText(text);
  const { place, may } = useRepositoryContext();
  return (
    <>
      <h2 className="section">{t("records")}</h2>
      <Records place={place} mayPush={may.push} />
    </>
  );
}

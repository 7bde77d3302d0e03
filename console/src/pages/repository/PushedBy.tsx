import { Link } from "react-router";
import { useText } from "../../text/language";
import { useRepositoryContext } from "./RepositoryPage";
import { tagText } from "./text";

/** Who pushed: somebody, or a build that one can look at. */
export function PushedBy({ by }: { by: string }) {
  const t = useText(tagText);
  const { repository } = useRepositoryContext();
  const number = /^build:(\d+)$/.exec(by)?.[1];
  if (!number) return t("by", { name: by });
  return <Link to={`/repositories/${repository.full_name}/builds/${number}`}>{t("byBuild", { number })}</Link>;
}

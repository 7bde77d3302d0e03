import { App, Button, Drawer, Popconfirm, Tag as Mark } from "antd";
import type { Place } from "../../api/repositories";
import { useRestoreTag, useTagHistory } from "../../api/tags";
import { CopyButton } from "../../components/Copy";
import { Loaded, useProblemWords } from "../../components/Problem";
import { Time } from "../../components/Time";
import { shortDigest } from "../../lib/format";
import { useText } from "../../text/language";
import { PushedBy } from "./PushedBy";
import styles from "./repository.module.css";
import { tagText } from "./text";

/** What a tag pointed to and when; anything of it can be put back. */
export function HistoryDrawer({ place, tag, mayPush, onClose }: { place: Place; tag: string | null; mayPush: boolean; onClose: () => void }) {
  const t = useText(tagText);
  return (
    <Drawer open={tag !== null} size={520} title={tag && t("historyOf", { tag })} onClose={onClose} destroyOnHidden>
      {tag && <History place={place} tag={tag} mayPush={mayPush} />}
    </Drawer>
  );
}

function History({ place, tag, mayPush }: { place: Place; tag: string; mayPush: boolean }) {
  const t = useText(tagText);
  const words = useProblemWords();
  const { message } = App.useApp();
  const query = useTagHistory(place, tag);
  const restore = useRestoreTag(place);
  const changes = query.data?.items ?? [];
  const current = changes[0]?.kind === "pushed" ? changes[0].digest : null;
  const putBack = (digest: string) =>
    restore.mutateAsync({ tag, digest }).then(
      () => void message.success(t("restored", { tag, digest: shortDigest(digest) })),
      (error: unknown) => void message.error(words(error)),
    );
  return (
    <Loaded query={query}>
      <p className="secondary" style={{ marginTop: 0 }}>
        {t("historyAbout")}
      </p>
      <ol className={styles["historyList"]}>
        {changes.map((change, index) => (
          <li key={change.sequence}>
            <div className={styles["historyMain"]}>
              <div>
                <span className={styles["digest"]}>{shortDigest(change.digest)}</span>
                <CopyButton value={change.digest} what={t("digest")} />
                {index === 0 && current && <Mark color="blue">{t("now")}</Mark>}
                {change.kind === "deleted" && <Mark color="red">{t("wasDeleted")}</Mark>}
              </div>
              <div className={styles["small"]}>
                <Time at={change.at} />{" "}
                {change.by && (
                  <>
                    · <PushedBy by={change.by} />
                  </>
                )}
              </div>
            </div>
            {mayPush && change.digest !== current && (
              <Popconfirm title={t("restoreTitle", { tag })} okText={t("restore")} onConfirm={() => putBack(change.digest)}>
                <Button size="small" loading={restore.isPending && restore.variables.digest === change.digest}>
                  {t("restore")}
                </Button>
              </Popconfirm>
            )}
          </li>
        ))}
      </ol>
    </Loaded>
  );
}

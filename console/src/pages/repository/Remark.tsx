import { App, Input } from "antd";
import { useState } from "react";
import type { Place } from "../../api/repositories";
import { type Tag, useRemark } from "../../api/tags";
import { useProblemWords } from "../../components/Problem";
import { useText } from "../../text/language";
import styles from "./repository.module.css";
import { tagText } from "./text";

interface Props {
  place: Place;
  tag: Tag;
  mayPush: boolean;
  editing: boolean;
  onEdit: (editing: boolean) => void;
}

/** A note on a tag, edited where it stands. */
export function Remark({ place, tag, mayPush, editing, onEdit }: Props) {
  const t = useText(tagText);
  const words = useProblemWords();
  const { message } = App.useApp();
  const save = useRemark(place);
  const [refused, setRefused] = useState<string | null>(null);
  if (!mayPush) return <span className="break">{tag.remark}</span>;
  const keep = (remark: string) => {
    setRefused(null);
    onEdit(false);
    if (remark === tag.remark) return;
    const takeBack = (error: unknown) => {
      message.error(words(error));
      setRefused(remark); // what was typed is not lost
      onEdit(true);
    };
    save.mutate({ tag: tag.name, remark }, { onError: takeBack });
  };
  if (editing) return <Editor tag={tag.name} begin={refused ?? tag.remark} onKeep={keep} onLeave={() => keep(tag.remark)} />;
  return (
    <button type="button" className={`${styles["remark"]} ${tag.remark ? "" : styles["remarkEmpty"]}`} onClick={() => onEdit(true)} aria-label={`${tag.remark || t("addRemark")} (${tag.name})`}>
      {tag.remark || t("addRemark")}
    </button>
  );
}

function Editor({ tag, begin, onKeep, onLeave }: { tag: string; begin: string; onKeep: (remark: string) => void; onLeave: () => void }) {
  const t = useText(tagText);
  const [typed, setTyped] = useState(begin);
  return (
    <Input
      size="small"
      autoFocus
      value={typed}
      maxLength={500}
      title={t("remarkHint")}
      aria-label={t("remarkOf", { tag })}
      onChange={(event) => setTyped(event.target.value)}
      onPressEnter={(event) => event.currentTarget.blur()}
      onBlur={() => onKeep(typed.trim())}
      onKeyDown={(event) => {
        if (event.key === "Escape") onLeave();
      }}
    />
  );
}

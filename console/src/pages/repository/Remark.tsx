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
  if (!mayPush) return <span className="break">{tag.remark}</span>;
  if (editing) return <Editor place={place} tag={tag} onDone={() => onEdit(false)} />;
  return (
    <button type="button" className={`${styles["remark"]} ${tag.remark ? "" : styles["remarkEmpty"]}`} onClick={() => onEdit(true)} aria-label={`${tag.remark || t("addRemark")} (${tag.name})`}>
      {tag.remark || t("addRemark")}
    </button>
  );
}

function Editor({ place, tag, onDone }: { place: Place; tag: Tag; onDone: () => void }) {
  const t = useText(tagText);
  const words = useProblemWords();
  const { message } = App.useApp();
  const save = useRemark(place);
  const [typed, setTyped] = useState(tag.remark);
  const keep = () => {
    const remark = typed.trim();
    if (remark !== tag.remark) save.mutate({ tag: tag.name, remark }, { onError: (error) => message.error(words(error)) });
    onDone();
  };
  return (
    <Input
      size="small"
      autoFocus
      value={typed}
      maxLength={500}
      title={t("remarkHint")}
      aria-label={t("remarkOf", { tag: tag.name })}
      onChange={(event) => setTyped(event.target.value)}
      onPressEnter={(event) => event.currentTarget.blur()}
      onBlur={keep}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
      }}
    />
  );
}

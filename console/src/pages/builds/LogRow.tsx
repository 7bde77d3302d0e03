import { DownOutlined } from "@ant-design/icons";
import { Link, useLocation } from "react-router";
import { ansiPieces, type Style } from "../../lib/ansi";
import { canFold, lineOf, type Row, type Step } from "../../lib/buildlog";
import { duration } from "../../lib/format";
import { useText } from "../../text/language";
import styles from "./builds.module.css";
import { text } from "./text";

/** The height of a row, which the window over a long log counts with. */
export const ROW_PX = 20;

interface Props {
  row: Row;
  match: string;
  current: boolean;
  onToggle: (id: string) => void;
}

/** One row of a log: a phase, a step or a line, with its number as a link. */
export function LogRow({ row, match, current, onToggle }: Props) {
  const t = useText(text);
  const { hash } = useLocation();
  const number = lineOf(row);
  const linked = hash === `#L${number}`;
  return (
    <div className={`${styles["row"]} ${styles[row.kind] ?? ""} ${linked || current ? styles["marked"] : ""}`}>
      <Link to={`#L${number}`} replace className={styles["lineNumber"]} aria-label={t("lineLink", { number })} tabIndex={-1}>
        {number}
      </Link>
      <Content row={row} match={match} onToggle={onToggle} />
    </div>
  );
}

function Content({ row, match, onToggle }: Omit<Props, "current">) {
  const t = useText(text);
  if (row.kind === "line") {
    return (
      <span className={row.depth === 1 ? styles["inStep"] : undefined}>
        <Ansi line={row.line.text} match={match} />
      </span>
    );
  }
  const title = row.kind === "phase" ? row.phase.title : row.step.title;
  return (
    <>
      {canFold(row) ? (
        <button type="button" className={styles["fold"]} aria-expanded={!row.folded} aria-label={row.folded ? t("unfold") : t("fold")} onClick={() => onToggle(row.id)}>
          <DownOutlined aria-hidden rotate={row.folded ? -90 : 0} />
        </button>
      ) : (
        <span className={styles["fold"]} />
      )}
      <Ansi line={title} match={match} />
      {row.kind === "step" && <StepEnd step={row.step} />}
    </>
  );
}

function StepEnd({ step }: { step: Step }) {
  const t = useText(text);
  if (step.state === "cached") return <span className={styles["stepEnd"]}>{t("cached")}</span>;
  if (step.seconds) return <span className={styles["stepEnd"]}>{duration(step.seconds * 1000)}</span>;
  if (step.state === "failed") return <span className={styles["stepFailed"]}>✕</span>;
  return null;
}

function Ansi({ line, match }: { line: string; match: string }) {
  return ansiPieces(line).map((piece, index) => (
    <span key={index} className={classes(piece.style)} style={direct(piece.style)}>
      <Marked text={piece.text} match={match} />
    </span>
  ));
}

/** The text with what is searched for marked in it. */
function Marked({ text: whole, match }: { text: string; match: string }) {
  if (!match) return whole;
  const lower = whole.toLowerCase();
  const wanted = match.toLowerCase();
  const parts: React.ReactNode[] = [];
  let at = 0;
  for (let found = lower.indexOf(wanted); found >= 0; found = lower.indexOf(wanted, at)) {
    parts.push(whole.slice(at, found), <mark key={found}>{whole.slice(found, found + wanted.length)}</mark>);
    at = found + wanted.length;
  }
  parts.push(whole.slice(at));
  return parts;
}

function classes(style: Style): string | undefined {
  const names = [
    typeof style.color === "number" && styles[`fg${style.color}`],
    typeof style.background === "number" && styles[`bg${style.background}`],
    style.bold && styles["bold"],
    style.dim && styles["dim"],
    style.italic && styles["italic"],
    style.underline && styles["underline"],
  ].filter(Boolean);
  return names.length > 0 ? names.join(" ") : undefined;
}

function direct(style: Style): React.CSSProperties | undefined {
  if (typeof style.color !== "string" && typeof style.background !== "string") return undefined;
  return {
    ...(typeof style.color === "string" && { color: style.color }),
    ...(typeof style.background === "string" && { backgroundColor: style.background }),
  };
}

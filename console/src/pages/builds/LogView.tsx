import { DownloadOutlined, DownOutlined, UpOutlined } from "@ant-design/icons";
import { Alert, Button, Input, Switch } from "antd";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { plainText } from "../../lib/ansi";
import { lineOf, type Row, rows, textOf } from "../../lib/buildlog";
import { useText } from "../../text/language";
import { LogRow, ROW_PX } from "./LogRow";
import styles from "./builds.module.css";
import { text } from "./text";
import { useBuildLog } from "./useBuildLog";

/** Rows above and below the window that are drawn as well, so that a quick scroll shows no gap. */
const SPARE_ROWS = 30;
/** So near to the end counts as at the end: it moves on while one scrolls there. */
const NEAR_ROWS = 3;

/** A build's log: live, folded as one likes, searched, and with a link to each line. */
export function LogView({ address, fileName }: { address: string; fileName: string }) {
  const t = useText(text);
  const { log, version, state } = useBuildLog(address);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  // eslint-disable-next-line -- `version` stands for what is inside of `log`
  const shown = useMemo(() => rows(log.phases, folded), [log, version, folded]);
  const view = useLogWindow(shown);
  const follow = useFollow(view, shown.length, state === "live" || state === "connecting");
  const search = useSearch(shown, view.reveal, version);
  useLinkedLine(shown, view.reveal);
  const toggle = (id: string) => setFolded((before) => toggled(before, id));
  const foldAll = () =>
    setFolded((before) => (before.size > 0 ? new Set() : new Set(log.phases.flatMap((phase) => phase.parts.flatMap((part) => (part.kind === "step" ? [part.id] : []))))));
  return (
    <section className={styles["log"]} aria-label={t("logRegion")}>
      <div className={styles["logBar"]}>
        <SearchBar search={search} />
        <span className="spring" />
        {state === "live" && <span className={styles["live"]}>{t("live")}</span>}
        <label className={styles["follow"]}>
          <Switch size="small" checked={follow.on} onChange={follow.set} aria-label={t("follow")} /> {t("follow")}
        </label>
        <Button size="small" onClick={foldAll}>
          {folded.size > 0 ? t("unfoldAll") : t("foldAll")}
        </Button>
        <Button size="small" icon={<DownloadOutlined aria-hidden />} href={address} download={fileName}>
          {t("download")}
        </Button>
      </div>
      {state === "broken" && <Alert type="warning" banner title={t("reconnecting")} />}
      {state === "gone" && <Alert type="info" banner title={t("logGone")} />}
      <div className={styles["logBody"]} ref={view.body} onScroll={view.onScroll} onKeyDown={follow.onKeyDown} tabIndex={0} role="log" aria-live="off" aria-label={t("logRegion")}>
        {shown.length === 0 && state === "ended" && <p className={styles["logEmpty"]}>{t("logEmpty")}</p>}
        <div style={{ height: shown.length * ROW_PX, position: "relative" }}>
          <div style={{ transform: `translateY(${view.first * ROW_PX}px)` }}>
            {shown.slice(view.first, view.last).map((row, index) => (
              <LogRow key={`${row.kind}${lineOf(row)}`} row={row} match={search.query} current={view.first + index === search.current} onToggle={toggle} />
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

interface LogWindow {
  body: React.RefObject<HTMLDivElement | null>;
  first: number;
  last: number;
  onScroll: () => void;
  reveal: (index: number) => void;
}

/** Which rows are on the screen: only those are drawn, however long the log is. */
function useLogWindow(shown: readonly Row[]): LogWindow {
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const onScroll = useCallback(() => {
    const element = body.current;
    if (!element) return;
    setTop(element.scrollTop);
    setHeight(element.clientHeight);
  }, []);
  const reveal = useCallback((index: number) => {
    const element = body.current;
    if (element) element.scrollTop = Math.max(0, index * ROW_PX - element.clientHeight / 2);
  }, []);
  useEffect(onScroll, [onScroll]);
  const first = Math.max(0, Math.min(shown.length - 1, Math.floor(top / ROW_PX)) - SPARE_ROWS);
  const last = Math.min(shown.length, Math.ceil((top + height) / ROW_PX) + SPARE_ROWS);
  return { body, first, last, onScroll, reveal };
}

interface Follow {
  on: boolean;
  set: (on: boolean) => void;
  onKeyDown: (event: React.KeyboardEvent) => void;
}

/** Keeps the end on the screen while the log grows; scrolling up lets go, going to the end takes hold again. */
function useFollow(view: LogWindow, length: number, live: boolean): Follow {
  const linked = window.location.hash.startsWith("#L");
  const [on, setOn] = useState(live && !linked);
  const holds = useRef(on); // what is so at once, not at the next drawing: lines come in between
  const before = useRef({ top: 0, height: 0 });
  const set = useCallback((next: boolean) => {
    holds.current = next;
    setOn(next);
  }, []);
  useEffect(() => {
    const element = view.body.current;
    if (holds.current && element) element.scrollTop = element.scrollHeight;
  }, [on, length, view.body]);
  useEffect(() => {
    const element = view.body.current;
    if (!element) return;
    const scrolled = () => {
      const { scrollTop: top, scrollHeight: height, clientHeight } = element;
      const shrunk = height < before.current.height; // what was folded away moves the window, too
      if (top < before.current.top - 2 && !shrunk) set(false);
      else if (top > before.current.top && top + clientHeight >= height - NEAR_ROWS * ROW_PX) set(true);
      before.current = { top, height };
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => element.removeEventListener("scroll", scrolled);
  }, [view.body, set]);
  // The browser would scroll to where the end is now, and a log that pours in is past it by then.
  const onKeyDown = ({ key }: React.KeyboardEvent) => {
    if (key === "End") set(true);
  };
  return { on, set, onKeyDown };
}

interface LogSearch {
  query: string;
  setQuery: (query: string) => void;
  count: number;
  index: number;
  /** The row of the match that is looked at; -1 for none. */
  current: number;
  go: (step: 1 | -1) => void;
}

function useSearch(shown: readonly Row[], reveal: (index: number) => void, version: number): LogSearch {
  const [query, setQuery] = useState("");
  const [index, setIndex] = useState(0);
  const found = useMemo(() => {
    const wanted = query.toLowerCase();
    if (!wanted) return [];
    return shown.flatMap((row, at) => (plainText(textOf(row)).toLowerCase().includes(wanted) ? [at] : []));
    // eslint-disable-next-line -- `version` stands for what is inside of the rows
  }, [shown, query, version]);
  const go = (step: 1 | -1) => {
    if (found.length === 0) return;
    const next = (index + step + found.length) % found.length;
    setIndex(next);
    reveal(found[next] ?? 0);
  };
  const search = (next: string) => {
    setQuery(next);
    setIndex(0);
  };
  const first = found[0];
  useEffect(() => {
    if (first !== undefined) reveal(first);
  }, [first, query, reveal]);
  return { query, setQuery: search, count: found.length, index, current: found[index] ?? -1, go };
}

function SearchBar({ search }: { search: LogSearch }) {
  const t = useText(text);
  return (
    <div className={styles["search"]}>
      <Input
        size="small"
        type="search"
        allowClear
        placeholder={t("searchLog")}
        aria-label={t("searchLog")}
        value={search.query}
        onChange={(event) => search.setQuery(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search.go(event.shiftKey ? -1 : 1);
        }}
      />
      {search.query && (
        <>
          <span className="number nowrap" role="status">
            {search.count === 0 ? t("noMatches") : t("matches", { index: search.index + 1, count: search.count })}
          </span>
          <Button size="small" type="text" icon={<UpOutlined aria-hidden />} aria-label={t("previous")} onClick={() => search.go(-1)} />
          <Button size="small" type="text" icon={<DownOutlined aria-hidden />} aria-label={t("next")} onClick={() => search.go(1)} />
        </>
      )}
    </div>
  );
}

/** The line that the address links to is shown once it has come. */
function useLinkedLine(shown: readonly Row[], reveal: (index: number) => void): void {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const done = useRef<string>("");
  useEffect(() => {
    const wanted = Number(/^#L(\d+)$/.exec(hash)?.[1]);
    if (!wanted || done.current === hash) return;
    const index = shown.findIndex((row) => lineOf(row) === wanted);
    if (index < 0) return;
    done.current = hash;
    reveal(index);
  }, [hash, shown, reveal, navigate]);
}

import { Tooltip } from "antd";
import { useSyncExternalStore } from "react";
import { duration, exactTime, localeOf, relativeTime } from "../lib/format";
import { useLanguage, useText } from "../text/language";
import { text } from "./text";

const TICK_MS = 15_000;

let ticks = 0;
const listeners = new Set<() => void>();
let timer: number | undefined;

/** One clock for the whole page, which runs while somebody looks at it. */
function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  timer ??= window.setInterval(() => {
    ticks += 1;
    for (const listener of listeners) listener();
  }, TICK_MS);
  return () => {
    listeners.delete(changed);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Draws anew with each tick what shows how long ago something was. */
function useTicks(): void {
  useSyncExternalStore(subscribe, () => ticks);
}

/** `3 minutes ago`; the exact time in the reader's zone on hover. */
export function Time({ at }: { at: string | null | undefined }) {
  const { language } = useLanguage();
  const t = useText(text);
  useTicks();
  if (!at) return <span>{t("never")}</span>;
  const moment = new Date(at);
  return (
    <Tooltip title={exactTime(moment, localeOf(language))}>
      <time dateTime={at} title="">
        {relativeTime(moment, new Date(), localeOf(language))}
      </time>
    </Tooltip>
  );
}

/** How long something took, or has taken so far. */
export function Elapsed({ from, to }: { from: string | null | undefined; to: string | null | undefined }) {
  useTicks();
  if (!from) return null;
  const end = to ? new Date(to) : new Date();
  return <span>{duration(Math.max(0, end.getTime() - new Date(from).getTime()))}</span>;
}

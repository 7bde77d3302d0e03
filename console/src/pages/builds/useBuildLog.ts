import { useEffect, useRef, useState } from "react";
import { BuildLog } from "../../lib/buildlog";

export type LogState = "connecting" | "live" | "broken" | "ended" | "gone";

/** How often the page is drawn again while a log pours in, in milliseconds. */
const DRAW_MS = 80;

/** The log of a build as it comes, from its beginning; `version` changes whenever it grew. */
export function useBuildLog(address: string): { log: BuildLog; version: number; state: LogState } {
  const log = useRef(new BuildLog());
  const [version, setVersion] = useState(0);
  const [state, setState] = useState<LogState>("connecting");
  useEffect(() => {
    log.current = new BuildLog();
    let timer: number | undefined;
    const draw = () => {
      timer ??= window.setTimeout(() => {
        timer = undefined;
        setVersion((before) => before + 1);
      }, DRAW_MS);
    };
    const stop = listen(address, {
      text: (text) => {
        log.current.feed(text);
        draw();
      },
      state: (next) => {
        if (next === "ended") log.current.end();
        setState(next);
        setVersion((before) => before + 1); // at once: an ended log that is not drawn yet would seem empty
      },
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [address]);
  return { log: log.current, version, state };
}

interface Listener {
  text: (text: string) => void;
  state: (state: LogState) => void;
}

/** Listens to a log's events. A stream that breaks off is taken up where it was: the browser sends Last-Event-ID. */
function listen(address: string, { text, state }: Listener): () => void {
  const source = new EventSource(address);
  source.addEventListener("open", () => state("live"));
  source.addEventListener("log", (event) => {
    const part = JSON.parse((event as MessageEvent<string>).data) as { text: string; left_out: number };
    if (part.left_out > 0) text(`\n[… ${part.left_out} bytes …]\n`);
    text(part.text);
  });
  source.addEventListener("end", () => {
    source.close();
    state("ended");
  });
  source.addEventListener("error", () => state(source.readyState === EventSource.CLOSED ? "gone" : "broken"));
  return () => source.close();
}

/**
 * A build's log as a tree: phases (`==> Fetching …`), in them the steps (`#4 [2/3] RUN …`), in them the lines.
 *
 * Steps run side by side, and their lines come mixed; here each step has its own together. It is read as it comes:
 * `feed` takes the next part, which may end in the middle of a line. Pure.
 */

export interface Line {
  /** Its number in the log as it was written, from 1. */
  number: number;
  text: string;
}

export interface Step {
  kind: "step";
  id: string;
  number: number;
  title: string;
  line: number;
  lines: Line[];
  state: "running" | "done" | "cached" | "failed";
  seconds: number | null;
}

export interface Phase {
  id: string;
  title: string;
  line: number;
  /** Lines of the phase itself and steps, in the order in which they began. */
  parts: (Step | { kind: "line"; line: Line })[];
}

const STEP = /^#(\d+) ?(.*)$/s;
const DONE = /^DONE (\d+(?:\.\d+)?)s$/;

export class BuildLog {
  readonly phases: Phase[] = [];
  private rest = "";
  private count = 0;
  private steps = new Map<number, Step>();

  /** Take the next part of the log. */
  feed(text: string): void {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.add(line);
  }

  /** Nothing follows: what stands without a line end counts as a line. */
  end(): void {
    if (this.rest) this.add(this.rest);
    this.rest = "";
  }

  /** How many lines there are. */
  get length(): number {
    return this.count;
  }

  private add(text: string): void {
    this.count += 1;
    if (text.startsWith("==> ")) {
      this.phases.push({ id: `p${this.count}`, title: text.slice(4), line: this.count, parts: [] });
      this.steps = new Map();
      return;
    }
    const match = STEP.exec(text);
    if (match) this.addToStep(Number(match[1]), match[2] ?? "");
    else this.phase().parts.push({ kind: "line", line: { number: this.count, text } });
  }

  private phase(): Phase {
    const last = this.phases.at(-1);
    if (last) return last;
    const first: Phase = { id: "p0", title: "", line: 1, parts: [] };
    this.phases.push(first);
    return first;
  }

  private addToStep(number: number, text: string): void {
    const step = this.steps.get(number);
    if (!step) {
      const made: Step = { kind: "step", id: `s${this.count}`, number, title: text, line: this.count, lines: [], state: "running", seconds: null };
      this.steps.set(number, made);
      this.phase().parts.push(made);
      return;
    }
    const done = DONE.exec(text);
    if (done) {
      step.state = "done";
      step.seconds = Number(done[1]);
    } else if (text === "CACHED") step.state = "cached";
    else {
      if (text.startsWith("ERROR: ")) step.state = "failed";
      step.lines.push({ number: this.count, text });
    }
  }
}

export type Row =
  | { kind: "phase"; id: string; phase: Phase; folded: boolean }
  | { kind: "step"; id: string; step: Step; folded: boolean }
  | { kind: "line"; line: Line; depth: 0 | 1 };

/** The rows that are shown: what is folded away is left out. */
export function rows(phases: readonly Phase[], folded: ReadonlySet<string>): Row[] {
  const shown: Row[] = [];
  for (const phase of phases) {
    if (phase.title) shown.push({ kind: "phase", id: phase.id, phase, folded: folded.has(phase.id) });
    if (folded.has(phase.id)) continue;
    for (const part of phase.parts) {
      if (part.kind === "line") {
        shown.push({ kind: "line", line: part.line, depth: 0 });
        continue;
      }
      const isFolded = folded.has(part.id);
      shown.push({ kind: "step", id: part.id, step: part, folded: isFolded });
      if (!isFolded) for (const line of part.lines) shown.push({ kind: "line", line, depth: 1 });
    }
  }
  return shown;
}

/** The number of the log's line that a row begins with. */
export function lineOf(row: Row): number {
  return row.kind === "line" ? row.line.number : row.kind === "step" ? row.step.line : row.phase.line;
}

/** Whether a row has others that can be folded away. */
export function canFold(row: Row): boolean {
  return row.kind === "step" ? row.step.lines.length > 0 : row.kind === "phase" && row.phase.parts.length > 0;
}

/** What a row says, with escapes. */
export function textOf(row: Row): string {
  return row.kind === "line" ? row.line.text : row.kind === "step" ? row.step.title : row.phase.title;
}

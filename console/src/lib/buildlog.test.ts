import { describe, expect, it } from "vitest";
import { BuildLog, lineOf, rows, textOf } from "./buildlog";

const LOG = `==> Fetching octo/hello
Cloning
==> Building
#1 [1/2] FROM debian
#1 pulling
#2 [2/2] RUN make
#1 DONE 1.2s
#2 compiling
#2 ERROR: exit code 2
#3 [x] COPY . .
#3 CACHED
`;

function read(...parts: string[]): BuildLog {
  const log = new BuildLog();
  for (const part of parts) log.feed(part);
  log.end();
  return log;
}

describe("a build's log", () => {
  it("is a tree of phases, steps and lines, though steps run side by side", () => {
    const shown = rows(read(LOG).phases, new Set()).map((row) => `${lineOf(row)} ${row.kind} ${textOf(row)}`);
    expect(shown).toEqual([
      "1 phase Fetching octo/hello",
      "2 line Cloning",
      "3 phase Building",
      "4 step [1/2] FROM debian",
      "5 line pulling",
      "6 step [2/2] RUN make",
      "8 line compiling",
      "9 line ERROR: exit code 2",
      "10 step [x] COPY . .",
    ]);
  });

  it("knows how each step ended", () => {
    const steps = read(LOG).phases[1]?.parts.filter((part) => part.kind === "step") ?? [];
    expect(steps.map(({ state, seconds }) => [state, seconds])).toEqual([
      ["done", 1.2],
      ["failed", null],
      ["cached", null],
    ]);
  });

  it("is the same in whatever parts it comes", () => {
    expect(read(...LOG).phases).toEqual(read(LOG).phases);
  });

  it("ends with a line that was cut off", () => {
    expect(rows(read("no line end").phases, new Set())).toHaveLength(1);
  });

  it("hides what is folded away", () => {
    const log = read(LOG);
    const building = log.phases[1];
    const step = building?.parts[0];
    expect(rows(log.phases, new Set(building ? [building.id] : []))).toHaveLength(3);
    expect(rows(log.phases, new Set(step?.kind === "step" ? [step.id] : []))).toHaveLength(8);
  });
});

import { describe, expect, it } from "vitest";
import { buildSummary } from "./builds";
import { barHeight, summary } from "./deliveries";
import { waterfall } from "./waterfall";

describe("the waterfall of a request", () => {
  it("has the phases one after the other, and what is left is reading", () => {
    const { bars, total } = waterfall({ dns: 1, connect: 2, tls: 3, first_byte: 10, total: 20 });
    expect(total).toBe(20);
    expect(bars).toEqual([
      { phase: "dns", start: 0, length: 1 },
      { phase: "connect", start: 1, length: 2 },
      { phase: "tls", start: 3, length: 3 },
      { phase: "waiting", start: 6, length: 10 },
      { phase: "reading", start: 16, length: 4 },
    ]);
  });

  it("leaves out what did not happen", () => {
    expect(waterfall({ dns: null, connect: null, tls: null, first_byte: 5, total: 6 }).bars.map(({ phase }) => phase)).toEqual(["waiting", "reading"]);
    expect(waterfall({ dns: 2, connect: null, tls: null, first_byte: null, total: 9 }).bars).toEqual([{ phase: "dns", start: 0, length: 2 }]);
  });
});

describe("deliveries as a whole", () => {
  const row = (state: string, milliseconds: number | null) => ({
    state,
    created_at: "2026-01-01T00:00:00.000Z",
    finished_at: milliseconds === null ? null : new Date(Date.UTC(2026, 0, 1) + milliseconds).toISOString(),
  });

  it("count those that are over", () => {
    expect(summary([row("succeeded", 10), row("succeeded", 30), row("exhausted", 500), row("pending", null)])).toEqual({ percent: 67, median: 10 });
    expect(summary([row("pending", null)])).toEqual({ percent: null, median: null });
  });

  it("are higher the longer they took", () => {
    expect(barHeight(row("succeeded", 1))).toBeLessThan(barHeight(row("succeeded", 1_000)));
    expect(barHeight(row("succeeded", 9_999_999))).toBe(100);
  });
});

it("builds as a whole leave out those that somebody stopped", () => {
  const build = (number: number, status: "succeeded" | "failed" | "canceled", seconds: number) => ({
    number,
    status,
    group: status === "succeeded" ? ("success" as const) : ("failed" as const),
    started_at: "2026-01-01T00:00:00Z",
    finished_at: new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString(),
  });
  const { percent, median, bars } = buildSummary([build(3, "canceled", 1), build(2, "failed", 5), build(1, "succeeded", 10)]);
  expect(percent).toBe(50);
  expect(median).toBe(10_000);
  expect(bars.map(({ number, height }) => [number, height])).toEqual([
    [1, 100],
    [2, 56],
    [3, 21],
  ]);
});

import { expect, test } from "vitest";
import { activityBars, activityTotals } from "./activity";

const day = (pushes: number, pulls: number) => ({ day: "2026-11-25", pushes, pulls });

test("the busiest day is the highest, and nothing has no height", () => {
  const [quiet, busy] = activityBars([day(0, 0), day(1, 3)]);
  expect([quiet?.pushHeight, quiet?.pullHeight]).toEqual([0, 0]);
  expect((busy?.pushHeight ?? 0) + (busy?.pullHeight ?? 0)).toBe(96);
});

test("a little beside a lot is still seen", () => {
  const [bar] = activityBars([day(1, 5000)]);
  expect(bar?.pushHeight).toBe(4);
  expect((bar?.pushHeight ?? 0) + (bar?.pullHeight ?? 0)).toBeLessThanOrEqual(100);
});

test("days add up", () => {
  expect(activityTotals([day(1, 2), day(3, 4)])).toEqual({ pushes: 4, pulls: 6 });
});

import { describe, expect, it } from "vitest";
import { fullness } from "./quotas";

describe("a namespace", () => {
  it.each([
    [0, 100, "roomy", 0],
    [89, 100, "roomy", 89],
    [90, 100, "nearly", 90],
    [999, 1_000, "nearly", 99],
    [100, 100, "full", 100],
    [300, 100, "full", 100],
    [0, 0, "full", 100],
  ])("with %d of %d bytes is %s, %d per cent", (bytes, max_bytes, state, percent) => {
    expect(fullness({ bytes, max_bytes })).toEqual({ state, percent });
  });

  it("without a quota is never full", () => {
    expect(fullness({ bytes: 1e15, max_bytes: null })).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { binaryBytes, bytes, bytesToGib, count, duration, gibToBytes, localMoment, relativeTime, shortDigest } from "./format";

describe("sizes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.00 KB"],
    [52_400_000, "52.4 MB"],
    [123_456_789, "123 MB"],
    [9_000_000_000_000_000, "9000 TB"],
  ])("%d is %s", (size, words) => {
    expect(bytes(size)).toBe(words);
  });
});

describe("quotas", () => {
  it.each([
    [0, "0 B"],
    [1_023, "1023 B"],
    [1_024, "1 KiB"],
    [1_610_612_736, "1.5 GiB"],
    [107_374_182_400, "100 GiB"],
  ])("of %d bytes are %s", (size, words) => {
    expect(binaryBytes(size)).toBe(words);
  });

  it("are entered in GiB", () => {
    expect(gibToBytes(10)).toBe(10_737_418_240);
    expect(bytesToGib(gibToBytes(0.5))).toBe(0.5);
  });
});

describe("durations", () => {
  it.each([
    [0.25, "0.3 ms"],
    [12, "12 ms"],
    [1_500, "1.5 s"],
    [12_400, "12 s"],
    [59_700, "1 min 00 s"],
    [184_000, "3 min 04 s"],
    [3_720_000, "1 h 02 min"],
  ])("%d ms is %s", (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words);
  });
});

describe("moments", () => {
  it("are written as a field of a form has them, and read again", () => {
    const at = new Date(2026, 2, 1, 12, 30);
    expect(localMoment(at)).toBe("2026-03-01T12:30");
    expect(new Date(localMoment(at))).toEqual(at);
    expect(localMoment(new Date("nonsense"))).toBe("");
  });

  const now = new Date("2026-03-01T12:00:00Z");
  it.each([
    ["2026-03-01T11:59:57Z", "now", "现在"],
    ["2026-03-01T11:57:00Z", "3 minutes ago", "3分钟前"],
    ["2026-02-28T12:00:00Z", "yesterday", "昨天"],
    ["2026-03-03T13:00:00Z", "in 2 days", "后天"],
    ["2024-01-01T00:00:00Z", "2 years ago", "2年前"],
  ])("%s is %s", (at, en, zh) => {
    expect(relativeTime(new Date(at), now, "en")).toBe(en);
    expect(relativeTime(new Date(at), now, "zh-CN")).toBe(zh);
  });
});

it("counts are short when they are large", () => {
  expect(count(950, "en")).toBe("950");
  expect(count(1_234_567, "en")).toBe("1.2M");
  expect(count(12_345, "zh-CN")).toBe("1.2万");
});

it("a digest is cut to what tells it apart", () => {
  expect(shortDigest(`sha256:${"ab".repeat(32)}`)).toBe("sha256:abababababab");
});

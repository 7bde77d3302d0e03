import { describe, expect, it } from "vitest";
import { faultOf, faults, healthRows } from "./health";

const all = { process: "quay:7", services: ["catalog", "builder"], problems: { nats: "not connected" }, notes: {} };
const alone = { process: "crane:1", services: ["builder"], problems: {}, notes: {} };

describe("the rows of all processes", () => {
  it("are one for each service of each process, with what nobody answers for before them", () => {
    const rows = healthRows([all, alone], ["github-gateway"]);
    expect(rows.map(({ service, health, span }) => [service, health?.process, span])).toEqual([
      ["github-gateway", undefined, 1],
      ["catalog", "quay:7", 2],
      ["builder", "quay:7", 0],
      ["builder", "crane:1", 1],
    ]);
  });

  it("each say that all is well where a process has nothing to tell", () => {
    const rows = healthRows([{ ...all, problems: {} }], []);
    expect(rows.map(({ service, span }) => [service, span])).toEqual([
      ["catalog", 1],
      ["builder", 1],
    ]);
  });

  it("count each problem of a process once, and each service that is missing", () => {
    expect(faults([all, alone], ["github-gateway"])).toBe(2);
    expect(faults([alone], [])).toBe(0);
  });
});

describe("what is wrong with a part", () => {
  it.each([
    ["nats", "not connected", { kind: "nats" }],
    ["builder database", "no answer", { kind: "silent", part: "builder" }],
    ["builder database", "OperationalError", { kind: "database", part: "builder", reason: "OperationalError" }],
    ["webhook deliveries", "overdue by 40 s", { kind: "overdue", seconds: "40" }],
    ["catalog outbox", "PublishFailed", { kind: "task", part: "catalog outbox", reason: "PublishFailed" }],
    ["engine", "is full", { kind: "other", part: "engine", reason: "is full" }],
  ])("%s: %s", (part, reason, expected) => {
    expect(faultOf(part, reason)).toEqual(expected);
  });
});

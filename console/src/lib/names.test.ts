import { describe, expect, it } from "vitest";
import { nameFault } from "./names";

describe("a name", () => {
  it.each(["ab", "app", "a1", "my-app", "my.app", "my_app", "my__app", "a---b", "1.2.3", "x".repeat(64)])("%s is fine", (name) => {
    expect(nameFault(name)).toBeNull();
  });

  it.each([
    ["a", { kind: "short" }],
    ["", { kind: "short" }],
    ["x".repeat(65), { kind: "long" }],
    ["myApp", { kind: "uppercase", character: "A", at: 3 }],
    ["my app", { kind: "character", character: " ", at: 3 }],
    ["镜像", { kind: "character", character: "镜", at: 1 }],
    ["a/b", { kind: "character", character: "/", at: 2 }],
    ["-app", { kind: "begins", character: "-" }],
    [".app", { kind: "begins", character: "." }],
    ["app-", { kind: "ends", character: "-" }],
    ["a..b", { kind: "run", run: "..", at: 2 }],
    ["a___b", { kind: "run", run: "___", at: 2 }],
    ["a.-b", { kind: "run", run: ".-", at: 2 }],
  ])("%s is refused: %j", (name, fault) => {
    expect(nameFault(name)).toEqual(fault);
  });

  it("counts a sign beyond the basic plane as one character", () => {
    expect(nameFault("a😀")).toEqual({ kind: "character", character: "😀", at: 2 });
  });
});

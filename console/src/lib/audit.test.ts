import { describe, expect, it } from "vitest";
import { subjects } from "./audit";

describe("what a record of the audit log is about", () => {
  it.each([
    [{ namespace: "team", name: "app", tag: "1.0" }, {}, ["repository team/app", "tag 1.0"]],
    [{ namespace: "team", name: "app", number: "7" }, {}, ["repository team/app", "build 7"]],
    [{}, { repository: "team/app" }, ["repository team/app"]],
    [{ namespace: "team" }, { max_bytes: "1" }, ["namespace team"]],
    [{ organization: "team", username: "mate" }, { role: "writer" }, ["organization team", "member mate"]],
    [{ organization: "team" }, { robot: "ci" }, ["organization team", "robot ci"]],
    [{ username: "mate" }, { disabled: "True" }, ["account mate"]],
    [{}, { token: "laptop" }, ["accessToken laptop"]],
    [{}, {}, []],
  ] as const)("of %j with %j is %j", (target, details, expected) => {
    expect(subjects({ target, details }).map(({ kind, name }) => `${kind} ${name}`)).toEqual(expected);
  });
});

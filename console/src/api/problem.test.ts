import { describe, expect, it } from "vitest";
import { wayBack } from "../pages/entrance/wayBack";
import { ApiProblem, fieldPath, problemOf } from "./problem";
import { csrfToken } from "./session-guard";

describe("a refusal", () => {
  it.each([
    ["body.name", ["name"]],
    ["query.cursor", ["cursor"]],
    ["body.scopes.0.repository", ["scopes", 0, "repository"]],
    ["name", ["name"]],
  ])("%s is beside %j", (field, path) => {
    expect(fieldPath(field)).toEqual(path);
  });

  it("has the API's code and words", () => {
    const document = { type: "urn:boatyard:problem:name-taken", title: "Conflict", status: 409, detail: "Taken.", errors: [{ field: "body.name", reason: "is taken" }] };
    const problem = problemOf(new Response(null, { status: 409, headers: { "Retry-After": "7" } }), document);
    expect(problem).toBeInstanceOf(ApiProblem);
    expect(problem.code).toBe("name-taken");
    expect(problem.message).toBe("Taken.");
    expect(problem.retryAfterSeconds).toBe(7);
    expect(problem.fields).toEqual([{ path: ["name"], reason: "is taken" }]);
  });

  it("is made up where a proxy answered", () => {
    expect(problemOf(new Response(null, { status: 502, statusText: "Bad Gateway" }), "<html>").message).toBe("HTTP 502 Bad Gateway");
  });
});

it("the CSRF token is read from its cookie", () => {
  expect(csrfToken("a=1; boatyard_csrf=abc; b=2")).toBe("abc");
  expect(csrfToken("xboatyard_csrf=abc")).toBeNull();
  expect(csrfToken("")).toBeNull();
});

describe("the way back after signing in", () => {
  it.each([
    ["/explore?q=a", "/explore?q=a"],
    [null, "/repositories"],
    ["https://evil.example", "/repositories"],
    ["//evil.example", "/repositories"],
    ["/\\evil.example", "/repositories"],
  ])("from %s is %s", (next, way) => {
    expect(wayBack(next)).toBe(way);
  });
});

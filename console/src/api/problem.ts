import type { components } from "./schema";

export type ProblemDocument = components["schemas"]["Problem"];

const PREFIX = "urn:boatyard:problem:";

/** An answer that was not a success, with the API's own words. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly document: ProblemDocument,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(document.detail);
    this.name = "ApiProblem";
  }

  /** The kind of error, such as `repository-not-found`. */
  get code(): string {
    return this.document.type.replace(PREFIX, "");
  }

  /** The fields at fault: their path inside what was sent, and why they were refused. */
  get fields(): { path: (string | number)[]; reason: string }[] {
    return (this.document.errors ?? []).map(({ field, reason }) => ({ path: fieldPath(field), reason }));
  }
}

/** Nothing came back: the network, or Boatyard itself, is away. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("unreachable", { cause });
    this.name = "Unreachable";
  }
}

/** `body.scopes.0.repository` as antd's Form names it: `["scopes", 0, "repository"]`. */
export function fieldPath(field: string): (string | number)[] {
  const [place, ...rest] = field.split(".");
  const parts = place === "body" || place === "query" || place === "path" ? rest : [place ?? "", ...rest];
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Reads the problem document of an answer, or makes one up for an answer that has none. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const after = Number(response.headers.get("Retry-After"));
  const document = isProblem(body)
    ? body
    : { type: `${PREFIX}http-${response.status}`, title: response.statusText, status: response.status, detail: `HTTP ${response.status} ${response.statusText}`.trim(), errors: [] };
  return new ApiProblem(response.status, document, after > 0 ? after : null);
}

function isProblem(body: unknown): body is ProblemDocument {
  return typeof body === "object" && body !== null && "type" in body && "detail" in body;
}

import createClient from "openapi-fetch";
import { problemOf, Unreachable } from "./problem";
import type { components, paths } from "./schema";
import { SessionGuard } from "./session-guard";

export const guard = new SessionGuard();

/** The public API, typed by its OpenAPI document. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: guard.fetch,
  credentials: "same-origin",
});

type Schemas = components["schemas"];
/** A model of the API by its name in the OpenAPI document. */
export type Model<K extends keyof Schemas> = Schemas[K];

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response: Response;
}

/** What a call answered; throws an ApiProblem or Unreachable if that was no success. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Unreachable(cause);
  }
  if (!answer.response.ok) throw problemOf(answer.response, answer.error);
  return answer.data as T;
}

/** A page of a list, as every list of the API is. */
export interface PageOf<T> {
  items: T[];
  next_cursor?: string | null;
}

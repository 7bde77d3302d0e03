/**
 * Keeps a person's work when their session ends while they are at it.
 *
 * A request that is refused because the session is over waits here while the console asks for the password
 * again (over the page, which stays as it is), and is then sent once more. Nothing that was typed is lost.
 */

const CSRF_COOKIE = "boatyard_csrf";
const CSRF_HEADER = "X-CSRF-Token";
/** Problems that mean: the session is over. A wrong password, say, is a 401 as well and means something else. */
const ENDED = new Set([
  "urn:boatyard:problem:unauthenticated",
  "urn:boatyard:problem:credential-refused",
  "urn:boatyard:problem:csrf-token-missing",
]);
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** The CSRF token of this browser's session; null when there is no session. */
export function csrfToken(cookies: string = document.cookie): string | null {
  for (const pair of cookies.split(";")) {
    const [name, value] = pair.trim().split("=", 2);
    if (name === CSRF_COOKIE && value) return value;
  }
  return null;
}

/** Asks for the password again. Resolves once somebody signed in, rejects if they would not. */
export type AskToSignIn = () => Promise<void>;

export class SessionGuard {
  private ask: AskToSignIn | null = null;
  private asking: Promise<void> | null = null;

  /** From now on a session that ends is renewed by `ask`; null while nobody is signed in. */
  watch(ask: AskToSignIn | null): void {
    this.ask = ask;
  }

  /** `fetch`, with the CSRF token where it is needed and a second try after signing in again. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const again = request.clone();
    const response = await fetch(withCsrf(request));
    if (!(await this.isOver(response, request))) return response;
    try {
      await this.renew();
    } catch {
      return response;
    }
    return fetch(withCsrf(again));
  };

  private async isOver(response: Response, request: Request): Promise<boolean> {
    if (this.ask === null || request.url.endsWith("/api/v1/session")) return false;
    if (response.status !== 401 && response.status !== 403) return false;
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => null);
    const type = typeof body === "object" && body !== null && "type" in body ? String(body.type) : "";
    return ENDED.has(type);
  }

  private renew(): Promise<void> {
    if (this.ask === null) return Promise.reject(new Error("nobody to ask"));
    this.asking ??= this.ask().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }
}

function withCsrf(request: Request): Request {
  const token = csrfToken();
  if (!SAFE.has(request.method) && token) request.headers.set(CSRF_HEADER, token);
  return request;
}

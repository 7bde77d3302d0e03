const KEY = "boatyard-loaded-again";
/** A page that was just loaded again for this reason is not loaded again once more. */
const PAUSE_MS = 10_000;

/**
 * Loads a part of the console. If that fails, the whole page is loaded again: browsers remember a failure for as long as
 * the page lives, and a console that was replaced by a newer one has parts that are gone.
 *
 * Rejects where that can't help: it was done a moment ago, or Boatyard is out of reach.
 */
export async function loaded<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (error) {
    if (wasJustDone() || !(await isReachable())) throw error;
    location.reload();
    return new Promise(() => undefined); // the page is about to go
  }
}

function wasJustDone(): boolean {
  try {
    const before = Number(sessionStorage.getItem(KEY));
    sessionStorage.setItem(KEY, String(Date.now()));
    return Date.now() - before < PAUSE_MS;
  } catch {
    return true; // without a memory it could go on for ever
  }
}

function isReachable(): Promise<boolean> {
  return fetch("/", { cache: "no-store" }).then(
    (response) => response.ok,
    () => false,
  );
}

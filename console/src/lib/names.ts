/**
 * The rules for names, as the API has them, so that a name is judged while it is typed. Pure.
 *
 * 2 to 64 of a-z, 0-9 and the separators `-`, `_`, `.`; not a separator at the beginning or the end; between
 * two words one `.`, one or two `_`, or any number of `-`.
 */

export type NameFault =
  | { kind: "short" }
  | { kind: "long" }
  | { kind: "character"; character: string; at: number }
  | { kind: "uppercase"; character: string; at: number }
  | { kind: "begins"; character: string }
  | { kind: "ends"; character: string }
  | { kind: "run"; run: string; at: number };

export const SHORTEST = 2;
export const LONGEST = 64;

/** What is wrong with a name, the first fault from the left; null if nothing is. */
export function nameFault(name: string): NameFault | null {
  const wrong = /[^a-z0-9._-]/u.exec(name);
  if (wrong) {
    const character = wrong[0];
    return { kind: /[A-Z]/.test(character) ? "uppercase" : "character", character, at: wrong.index + 1 };
  }
  const first = name.charAt(0);
  if (/^[._-]/.test(name)) return { kind: "begins", character: first };
  for (const run of name.matchAll(/[._-]{2,}/g)) {
    if (!/^(?:__|-+)$/.test(run[0]) && run.index + run[0].length < name.length) return { kind: "run", run: run[0], at: run.index + 1 };
  }
  if (name.length > LONGEST) return { kind: "long" };
  if (/[._-]$/.test(name)) return { kind: "ends", character: name.charAt(name.length - 1) };
  return name.length < SHORTEST ? { kind: "short" } : null;
}

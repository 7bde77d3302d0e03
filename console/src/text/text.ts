/**
 * The words of the console, in every language it speaks.
 *
 * Each folder keeps its words in `text.ts`: a key, then English, then Chinese. `{name}` is filled in, and
 * `{count|tag|tags}` chooses by a number. A key that lacks a language does not compile.
 */

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

/** One text in English and in Chinese. */
export type Pair = readonly [en: string, zh: string];
export type Texts = Readonly<Record<string, Pair>>;

type Name<S extends string> = S extends `${infer Plain}|${string}` ? Plain : S;
type Names<S extends string> = S extends `${string}{${infer Inner}}${infer Rest}`
  ? Name<Inner> | Names<Rest>
  : never;

/** What has to be filled into the text `K`; nothing for a text without holes. */
export type Fillings<T extends Texts, K extends keyof T> = [Names<T[K][0]>] extends [never]
  ? []
  : [values: Record<Names<T[K][0]>, string | number>];

export type Translate<T extends Texts> = <K extends keyof T>(key: K, ...values: Fillings<T, K>) => string;

/** Keeps the literal types of a table of texts, so that keys and holes are checked where they are used. */
export function texts<const T extends Texts>(table: T): T {
  return table;
}

const HOLE = /\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g;

/** Fills the holes of a text. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(HOLE, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one === undefined || many === undefined) return String(value);
    return Number(value) === 1 ? one : many;
  });
}

/** The names of a text's holes, in order and once each. */
export function holes(template: string): string[] {
  return [...new Set([...template.matchAll(HOLE)].map((match) => match[1] ?? ""))].sort();
}

/** A function that gives the texts of a table in one language. */
export function translator<T extends Texts>(table: T, language: Language): Translate<T> {
  const column = language === "zh" ? 1 : 0;
  return (key, ...values) => fill(table[key]?.[column] ?? String(key), values[0] ?? {});
}

/** The language that a browser asks for first, of those we speak. */
export function preferredLanguage(asked: readonly string[]): Language {
  for (const tag of asked) {
    if (tag.toLowerCase().startsWith("zh")) return "zh";
    if (tag.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { fill, holes, preferredLanguage, type Texts, texts, translator } from "./text";

const modules = import.meta.glob<Record<string, unknown>>(["../**/text.ts", "../components/{Scopes.tsx,nameRule.ts}", "!./text.ts"], { eager: true });

function isTable(value: unknown): value is Texts {
  return typeof value === "object" && value !== null && Object.values(value).every((pair) => Array.isArray(pair) && pair.length === 2);
}

const tables = Object.entries(modules).flatMap(([file, exported]) =>
  Object.entries(exported).flatMap(([name, value]) => (isTable(value) ? [{ file: `${file} ${name}`, table: value }] : [])),
);

describe("the console's texts", () => {
  it("are found", () => {
    expect(tables.length).toBeGreaterThan(9);
  });

  it.each(tables)("are complete in both languages: $file", ({ table }) => {
    for (const [key, [en, zh]] of Object.entries(table)) {
      expect(en.trim(), `${key} in English`).not.toBe("");
      expect(zh.trim(), `${key} in Chinese`).not.toBe("");
    }
  });

  it.each(tables)("have the same holes in both languages: $file", ({ table }) => {
    for (const [key, [en, zh]] of Object.entries(table)) expect(holes(zh), key).toEqual(holes(en));
  });

  it.each(tables)("are Chinese where they should be: $file", ({ table }) => {
    const names = /^(?:Webhook|TLS[^a-z]*|Markdown|Dockerfile|Slack|Harbor|Quay|Docker Hub|CloudEvents 1\.0|Standard Webhooks|GitHub|API|branch|tag|main)$/;
    const left = Object.entries(table).filter(([, [, zh]]) => !/\p{Script=Han}/u.test(zh) && !names.test(zh) && /[A-Za-z]{2}/.test(zh.replace(/\{[^}]*\}/g, "")));
    expect(left).toEqual([]);
  });
});

/** Words that stand in the code of a page instead of in a table. */
function untranslated(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(new URL(file, import.meta.url), "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const SHOWN = new Set(["title", "label", "placeholder", "aria-label", "extra", "description", "okText", "cancelText"]);
  const visit = (node: ts.Node) => {
    if (ts.isJsxText(node) && /\p{L}{2}/u.test(node.text)) found.push(node.text.trim());
    if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer) && SHOWN.has(node.name.getText(source)) && /\p{L}{2}/u.test(node.initializer.text)) {
      found.push(`${node.name.getText(source)}="${node.initializer.text}"`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe("the pages", () => {
  const files = Object.keys(import.meta.glob("../**/*.tsx"));
  const known = new Set(["Boatyard", "webhook-id:"]);
  const isCode = (words: string) => /^placeholder="(?:https:\/\/|[^" ]*[*?][^" ]*|-----BEGIN .*)"$/.test(words);
  it.each(files)("show no words but those of the tables: %s", (file) => {
    expect(untranslated(file).filter((words) => !known.has(words) && !isCode(words))).toEqual([]);
  });
});

describe("a text", () => {
  const table = texts({ tags: ["{count} {count|tag|tags} of {name}", "{name} 的 {count} 个版本"], plain: ["Sign in", "登录"] });

  it("is filled in", () => {
    expect(translator(table, "en")("tags", { count: 1, name: "app" })).toBe("1 tag of app");
    expect(translator(table, "en")("tags", { count: 2, name: "app" })).toBe("2 tags of app");
    expect(translator(table, "zh")("tags", { count: 2, name: "app" })).toBe("app 的 2 个版本");
    expect(translator(table, "zh")("plain")).toBe("登录");
  });

  it("keeps a hole that nothing was given for", () => {
    expect(fill("{name}", {})).toBe("{name}");
  });
});

describe("the language", () => {
  it.each([
    [["zh-TW", "en"], "zh"],
    [["en-GB"], "en"],
    [["de", "zh"], "zh"],
    [["de"], "en"],
    [[], "en"],
  ] as const)("of %j is %s", (asked, language) => {
    expect(preferredLanguage(asked)).toBe(language);
  });
});

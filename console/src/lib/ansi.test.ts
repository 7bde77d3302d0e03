import { describe, expect, it } from "vitest";
import { ansiPieces, plainText } from "./ansi";

describe("a line of a log", () => {
  it("without escapes is one piece", () => {
    expect(ansiPieces("hello")).toEqual([{ text: "hello", style: {} }]);
  });

  it("has its colours", () => {
    expect(ansiPieces("\x1b[1;31merror\x1b[0m: \x1b[92mok\x1b[39m!")).toEqual([
      { text: "error", style: { bold: true, color: 1 } },
      { text: ": ", style: {} },
      { text: "ok", style: { color: 10 } },
      { text: "!", style: {} },
    ]);
  });

  it("has colours of 256 and of all", () => {
    expect(ansiPieces("\x1b[38;5;196ma\x1b[48;2;1;2;3mb\x1b[38;5;9mc\x1b[38;5;244md")).toEqual([
      { text: "a", style: { color: "rgb(255, 0, 0)" } },
      { text: "b", style: { color: "rgb(255, 0, 0)", background: "rgb(1, 2, 3)" } },
      { text: "c", style: { color: 9, background: "rgb(1, 2, 3)" } },
      { text: "d", style: { color: "rgb(128, 128, 128)", background: "rgb(1, 2, 3)" } },
    ]);
  });

  it("keeps no escape that is no colour", () => {
    expect(plainText("\x1b[2K\x1b[1Gdone\x1b]0;title\x07 now\x1b[?25h")).toBe("done now");
  });

  it("shows what a carriage return left standing", () => {
    expect(plainText("10%\r50%\r100%")).toBe("100%");
    expect(plainText("whole line\r")).toBe("whole line");
  });
});

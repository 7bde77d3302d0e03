/** Text with the colours that terminals know, as pieces with a style each. Pure. */

export interface Style {
  /** One of the 16 colours as a number, or a colour as CSS writes it. */
  color?: number | string;
  background?: number | string;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
}

export interface Piece {
  text: string;
  style: Style;
}

const SEQUENCE = /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;
const PLAIN: Style = {};

/** A line's pieces. Escapes that are no colours (moves, titles) are left out, and `\r` overwrites what was before it. */
export function ansiPieces(line: string): Piece[] {
  const pieces: Piece[] = [];
  let style = PLAIN;
  let at = 0;
  const shown = line.includes("\r") ? overwritten(line) : line;
  const add = (text: string) => {
    if (text) pieces.push({ text, style });
  };
  for (const match of shown.matchAll(SEQUENCE)) {
    add(shown.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] === "m") style = styled(style, match[1] ?? "");
  }
  add(shown.slice(at));
  return pieces;
}

/** The line without any escapes, for searching. */
export function plainText(line: string): string {
  return overwritten(line).replace(SEQUENCE, "");
}

function overwritten(line: string): string {
  const trimmed = line.endsWith("\r") ? line.slice(0, -1) : line;
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}

function styled(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let style = { ...before };
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const { color, taken } = extended(codes.slice(index + 1));
      index += taken;
      if (color !== undefined) style = code === 38 ? { ...style, color } : { ...style, background: color };
    } else style = applied(style, code);
  }
  return style;
}

function applied(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 3) return { ...style, italic: true };
  if (code === 4) return { ...style, underline: true };
  if (code === 22) return without(style, "bold", "dim");
  if (code === 23) return without(style, "italic");
  if (code === 24) return without(style, "underline");
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, color: code - 82 };
  if (code === 39) return without(style, "color");
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  if (code === 49) return without(style, "background");
  return style;
}

function without(style: Style, ...keys: (keyof Style)[]): Style {
  return Object.fromEntries(Object.entries(style).filter(([key]) => !keys.includes(key as keyof Style)));
}

/** The colour behind 38 or 48: `5;n` of 256, or `2;r;g;b`. */
function extended(codes: number[]): { color?: number | string; taken: number } {
  const [kind, first = 0, green = 0, blue = 0] = codes;
  if (kind === 5) return { color: first < 16 ? first : color256(first), taken: 2 };
  if (kind === 2) return { color: `rgb(${first}, ${green}, ${blue})`, taken: 4 };
  return { taken: 1 };
}

function color256(code: number): string {
  if (code >= 232) {
    const grey = 8 + 10 * (code - 232);
    return `rgb(${grey}, ${grey}, ${grey})`;
  }
  const cube = code - 16;
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  return `rgb(${level(Math.floor(cube / 36))}, ${level(Math.floor(cube / 6) % 6)}, ${level(cube % 6)})`;
}

/** One request's timings as bars, one after the other. Pure. */

export interface Timings {
  dns: number | null;
  connect: number | null;
  tls: number | null;
  first_byte: number | null;
  total: number | null;
}

export type Phase = "dns" | "connect" | "tls" | "waiting" | "reading";

export interface Bar {
  phase: Phase;
  /** Where it begins and how long it is, in milliseconds. */
  start: number;
  length: number;
}

/** The phases that happened, in order; what the total has beyond them is reading the answer. */
export function waterfall({ dns, connect, tls, first_byte, total }: Timings): { bars: Bar[]; total: number } {
  const bars: Bar[] = [];
  let at = 0;
  const add = (phase: Phase, length: number | null) => {
    if (length === null) return;
    bars.push({ phase, start: at, length });
    at += length;
  };
  add("dns", dns);
  add("connect", connect);
  add("tls", tls);
  add("waiting", first_byte);
  const whole = Math.max(total ?? at, at);
  if (first_byte !== null) add("reading", whole - at);
  return { bars, total: whole };
}

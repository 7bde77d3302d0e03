/** Numbers and times as people read them. Pure. */

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** `52.4 MB`: three digits, as container tools count (powers of 1000). */
export function bytes(size: number): string {
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

const GIB = 1024 ** 3;
const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `1.5 GiB`: powers of 1024, in which quotas are given. */
export function binaryBytes(size: number): string {
  let value = size;
  let unit = 0;
  while (value >= 1024 && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(unit === 0 || value >= 100 ? 0 : 1))} ${BINARY_UNITS[unit]}`;
}

/** A number of GiB as bytes. */
export function gibToBytes(gib: number): number {
  return Math.round(gib * GIB);
}

/** Bytes as a number of GiB. */
export function bytesToGib(size: number): number {
  return size / GIB;
}

/** `1234567` as `1.2M`, so that a column of counts stays narrow. */
export function count(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { notation: value < 10_000 ? "standard" : "compact", maximumFractionDigits: 1 }).format(value);
}

/** `sha256:0123456789ab`, enough to tell digests apart. */
export function shortDigest(digest: string): string {
  const [algorithm, hex] = digest.split(":", 2);
  return hex ? `${algorithm}:${hex.slice(0, 12)}` : digest.slice(0, 19);
}

const STEPS: [seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [31_536_000, "year"],
  [2_592_000, "month"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
];

/** `3 minutes ago`, `in 2 days`, `now`. */
export function relativeTime(at: Date, now: Date, locale: string): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [length, unit] of STEPS) {
    if (Math.abs(seconds) >= length) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(Math.abs(seconds) < 10 ? 0 : Math.trunc(seconds), "second");
}

/** The moment to the second in the reader's zone, with the zone. */
export function exactTime(at: Date, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "long" }).format(at);
}

/** A moment as an `<input type="datetime-local">` writes it, in the reader's zone; nothing for what is no moment. */
export function localMoment(at: Date): string {
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** `0.8 s`, `12 s`, `3 min 04 s`, `1 h 02 min`; milliseconds in. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/** The locale of our languages, for Intl. */
export function localeOf(language: "en" | "zh"): string {
  return language === "zh" ? "zh-CN" : "en";
}

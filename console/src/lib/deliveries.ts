/** What a list of deliveries says as a whole. Pure. */

interface Row {
  state: string;
  created_at: string;
  finished_at: string | null;
}

/** Milliseconds from the event's arrival to the end of its delivery; null while it is not over. */
export function took(row: Row): number | null {
  return row.finished_at === null ? null : Math.max(0, new Date(row.finished_at).getTime() - new Date(row.created_at).getTime());
}

/** How many of those that are over arrived, in per cent, and how long half of them took at the most. */
export function summary(rows: readonly Row[]): { percent: number | null; median: number | null } {
  const over = rows.filter((row) => row.state === "succeeded" || row.state === "exhausted");
  if (over.length === 0) return { percent: null, median: null };
  const arrived = over.filter((row) => row.state === "succeeded");
  const times = arrived.map(took).filter((time) => time !== null).sort((one, other) => one - other);
  return { percent: Math.round((100 * arrived.length) / over.length), median: times[Math.floor((times.length - 1) / 2)] ?? null };
}

const LOW_MS = 1;
const HIGH_MS = 600_000;

/** What stands for a delivery that is not over, in per cent. */
const WAITING = 30;

/** The height of a delivery's bar in per cent, logarithmic between a millisecond and ten minutes. */
export function barHeight(row: Row): number {
  const time = took(row);
  if (time === null) return WAITING;
  const share = Math.log(Math.min(HIGH_MS, Math.max(LOW_MS, time)) / LOW_MS) / Math.log(HIGH_MS / LOW_MS);
  return Math.round(14 + 86 * share);
}

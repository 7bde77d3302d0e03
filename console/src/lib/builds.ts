/** What a list of builds says as a whole. Pure. */

export interface BuildFact<Status extends string = string> {
  number: number;
  status: Status;
  group: "building" | "success" | "failed";
  started_at: string | null;
  finished_at: string | null;
}

export interface Bar<Status extends string> {
  id: number;
  number: number;
  status: Status;
  kind: "good" | "bad" | "waiting";
  height: number;
  milliseconds: number | null;
}

function took(build: BuildFact): number | null {
  return build.started_at && build.finished_at ? new Date(build.finished_at).getTime() - new Date(build.started_at).getTime() : null;
}

/** Bars with the oldest first, the share of successes among those that ended by themselves, and the median. */
export function buildSummary<Status extends string>(builds: readonly BuildFact<Status>[]): { percent: number | null; median: number | null; bars: Bar<Status>[] } {
  const longest = Math.max(1, ...builds.map((build) => took(build) ?? 0));
  const bars = [...builds].reverse().map((build) => {
    const milliseconds = took(build);
    return {
      id: build.number,
      number: build.number,
      status: build.status,
      kind: build.group === "success" ? ("good" as const) : build.group === "failed" ? ("bad" as const) : ("waiting" as const),
      height: milliseconds === null ? 30 : Math.round(12 + (88 * milliseconds) / longest),
      milliseconds,
    };
  });
  const over = builds.filter(({ status }) => status === "succeeded" || status === "failed" || status === "timed_out");
  const good = over.filter(({ status }) => status === "succeeded");
  const times = good.map(took).filter((time) => time !== null).sort((one, other) => one - other);
  return {
    percent: over.length === 0 ? null : Math.round((100 * good.length) / over.length),
    median: times[Math.floor((times.length - 1) / 2)] ?? null,
    bars,
  };
}

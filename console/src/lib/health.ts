/** How the processes are, as rows, and what is wrong with a part. Pure. */

export interface Health {
  process: string;
  services: readonly string[];
  problems: Readonly<Record<string, string>>;
  notes: Readonly<Record<string, string>>;
}

/**
 * One service in one process, or in none. `span`: over how many rows it is told how its process is. What is wrong
 * there is told once, in the first of them.
 */
export interface HealthRow {
  service: string;
  health: Health | null;
  span: number;
}

/** A row for each service of each process, after those of the services that nobody answers for. */
export function healthRows(processes: readonly Health[], missing: readonly string[]): HealthRow[] {
  const present = processes.flatMap((health) => {
    const silent = Object.keys({ ...health.problems, ...health.notes }).length === 0;
    const together = (index: number) => (index === 0 ? health.services.length : 0);
    return health.services.map((service, index) => ({ service, health, span: silent ? 1 : together(index) }));
  });
  return [...missing.map((service) => ({ service, health: null, span: 1 })), ...present];
}

/** How much is not well: each problem of each process, and each service that is missing. */
export function faults(processes: readonly Health[], missing: readonly string[]): number {
  return processes.reduce((sum, { problems }) => sum + Object.keys(problems).length, missing.length);
}

export type Fault =
  | { kind: "nats" }
  | { kind: "database" | "task"; part: string; reason: string }
  | { kind: "silent"; part: string }
  | { kind: "overdue"; seconds: string }
  | { kind: "other"; part: string; reason: string };

/** What a process means by the name of a part and what it says of it: a kind of error, or words. */
export function faultOf(part: string, reason: string): Fault {
  const database = /^(\S+) database$/.exec(part)?.[1];
  const overdue = /^overdue by (\d+) s$/.exec(reason)?.[1];
  if (part === "nats") return { kind: "nats" };
  if (database && reason === "no answer") return { kind: "silent", part: database };
  if (database) return { kind: "database", part: database, reason };
  if (part === "webhook deliveries" && overdue) return { kind: "overdue", seconds: overdue };
  return { kind: /^[A-Z]\w+$/.test(reason) ? "task" : "other", part, reason };
}

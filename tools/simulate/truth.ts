import type { UserStart } from "../../agent/wire/bodies.ts";
import type { EpochMs } from "../../shared/contract/time.ts";

/** The sums of sessions. `firstStart` and `lastEnd` are epoch milliseconds. */
export type Sum = { sessions: number; seconds: number; firstStart: EpochMs; lastEnd: EpochMs };

export type Activity = Sum & {
  machineId: string;
  user: string;
  namespace: string;
  kind: string;
  name: string;
  ci: boolean;
};
export type UserSum = Sum & { machineId: string; user: string };
export type TargetSum = Sum & { namespace: string; kind: string; name: string; uniqueUsers: number };

/** Everything that was sent, as the usage report should show it. CI is separate from people everywhere. */
export type Truth = {
  totals: { sessions: number; seconds: number; ciSessions: number; ciSeconds: number };
  users: UserSum[];
  ci: UserSum[];
  /** Of people's sessions only. */
  targets: TargetSum[];
  /** Per machine, target and CI or not: the most detailed rows of the report. */
  activity: Activity[];
};

export type TruthRecord = {
  add(start: UserStart, endedAt: EpochMs): void;
  read(): Truth;
};

/** Adds up sessions as they end. A session counts whole seconds: fractions are dropped per session, not from the sum. */
export const createTruth = (): TruthRecord => {
  const rows = new Map<string, Activity>();
  return {
    add: ({ client, target, ci = false, started_at }, endedAt) => {
      const startedAt = Date.parse(started_at);
      const { namespace, kind, name } = target;
      const row: Activity = {
        machineId: client.id,
        user: client.name ?? client.username,
        namespace,
        kind,
        name,
        ci,
        sessions: 1,
        seconds: wholeSeconds(startedAt, endedAt),
        firstStart: startedAt,
        lastEnd: endedAt,
      };
      const key = activityKey(row);
      rows.set(key, plus(rows.get(key), row));
    },
    read: () => summarize([...rows.values()]),
  };
};

export const wholeSeconds = (startedAt: EpochMs, endedAt: EpochMs): number => Math.floor((endedAt - startedAt) / 1_000);

export const activityKey = ({ machineId, namespace, kind, name, ci }: Omit<Activity, keyof Sum | "user">): string =>
  JSON.stringify([machineId, namespace, kind, name, ci]);

/** The sum of two, with the other fields of the second. */
export const plus = <T extends Sum>(a: Sum | undefined, b: T): T =>
  a === undefined
    ? { ...b }
    : {
        ...b,
        sessions: a.sessions + b.sessions,
        seconds: a.seconds + b.seconds,
        firstStart: Math.min(a.firstStart, b.firstStart),
        lastEnd: Math.max(a.lastEnd, b.lastEnd),
      };

/** All the views of a list of activity rows, each sorted by total time, longest first. */
export const summarize = (activity: readonly Activity[]): Truth => {
  const people = activity.filter(({ ci }) => !ci);
  const jobs = activity.filter(({ ci }) => ci);
  return {
    totals: {
      sessions: total(people, "sessions"),
      seconds: total(people, "seconds"),
      ciSessions: total(jobs, "sessions"),
      ciSeconds: total(jobs, "seconds"),
    },
    users: byMachine(people),
    ci: byMachine(jobs),
    targets: byTarget(people),
    activity: longestFirst(activity),
  };
};

const total = (rows: readonly Sum[], field: "sessions" | "seconds"): number =>
  rows.reduce((sum, row) => sum + row[field], 0);

const byMachine = (rows: readonly Activity[]): UserSum[] => {
  const machines = new Map<string, UserSum>();
  for (const { machineId, user, sessions, seconds, firstStart, lastEnd } of rows) {
    machines.set(machineId, plus(machines.get(machineId), { machineId, user, sessions, seconds, firstStart, lastEnd }));
  }
  return longestFirst([...machines.values()]);
};

const byTarget = (rows: readonly Activity[]): TargetSum[] => {
  const targets = new Map<string, TargetSum>();
  for (const { namespace, kind, name, sessions, seconds, firstStart, lastEnd } of rows) {
    const key = JSON.stringify([namespace, kind, name]);
    const earlier = targets.get(key);
    // A machine has one row of people's sessions for each target, so its rows count its users.
    const uniqueUsers = (earlier?.uniqueUsers ?? 0) + 1;
    targets.set(key, plus(earlier, { namespace, kind, name, uniqueUsers, sessions, seconds, firstStart, lastEnd }));
  }
  return longestFirst([...targets.values()]);
};

const longestFirst = <T extends Sum>(rows: readonly T[]): T[] => [...rows].sort((a, b) => b.seconds - a.seconds);

import type { SessionKind } from "../contract/requests.ts";
import type { EpochMs } from "../contract/time.ts";
import { addBuckets, noBuckets } from "../usage/duration-buckets.ts";
import { kindOf, type MachineUse, type UsageRow } from "../usage/row.ts";

/** The sums of a group of sessions. */
export type UsageSum = {
  sessions: number;
  seconds: number;
  firstStart: EpochMs;
  lastEnd: EpochMs;
  /** Sessions that ran although they were denied a seat. */
  denied: number;
};

/** `latest` is the row of the session that ended last: its names are the user's. */
export type UserGroup = UsageSum & { identifier: string; latest: UsageRow };
export type TargetGroup = UsageSum & { namespace: string; kind: string; name: string; uniqueUsers: number };
export type ActivityGroup = UsageSum & {
  identifier: string;
  namespace: string;
  kind: string;
  name: string;
  sessionKind: SessionKind;
  latest: UsageRow;
};
/** The machine sessions of one kind of run. `buckets`: how long those lasted whose rows say it. */
export type MachineGroup = UsageSum & MachineUse & { buckets: readonly number[] };

export type UsageGroups = {
  activity: ActivityGroup[];
  /** Without machine sessions, as are `targets`. */
  users: UserGroup[];
  targets: TargetGroup[];
  ci: UsageSum;
  previews: UsageSum;
  machines: MachineGroup[];
};

/**
 * Sums usage by user x target x kind, and from there by user and by target. `identifierOf` returns a row's user. It makes one
 * pass over the rows; their number and order do not matter. Rows without sessions are skipped: a correction leaves stale
 * values in them.
 */
export const groupUsage = (rows: Iterable<UsageRow>, identifierOf: (row: UsageRow) => string): UsageGroups => {
  const machines = new Map<string, MachineGroup>();
  const activity = [...sumByActivity(rows, identifierOf, machines).values()];
  const users = new Map<string, UserGroup>();
  const targets = new Map<string, TargetGroup>();
  const [ci, previews] = [noUsage(), noUsage()];
  for (const group of activity) {
    if (group.sessionKind !== "user") {
      add(group.sessionKind === "ci" ? ci : previews, group);
      continue;
    }
    const { identifier, namespace, kind, name, latest } = group;
    const user = getOrCreate(users, identifier, () => ({ identifier, latest, ...noUsage() }));
    add(user, group);
    user.latest = laterOf(user.latest, latest);
    const target = getOrCreate(targets, keyOf(namespace, kind, name), () => ({
      namespace,
      kind,
      name,
      uniqueUsers: 0,
      ...noUsage(),
    }));
    add(target, group);
    target.uniqueUsers += 1; // A user has one group of people's sessions on a target.
  }
  return {
    activity,
    users: [...users.values()],
    targets: [...targets.values()],
    ci,
    previews,
    machines: [...machines.values()],
  };
};

const sumByActivity = (
  rows: Iterable<UsageRow>,
  identifierOf: (row: UsageRow) => string,
  machines: Map<string, MachineGroup>,
): Map<string, ActivityGroup> => {
  const groups = new Map<string, ActivityGroup>();
  for (const row of rows) {
    if (row.sessions === 0) continue;
    const { namespace, targetKind: kind, targetName: name } = row;
    const sessionKind = kindOf(row);
    if (sessionKind !== "user") addMachine(machines, sessionKind, row);
    const identifier = identifierOf(row);
    const key = keyOf(sessionKind, identifier, namespace, kind, name);
    const group = getOrCreate(groups, key, () => ({
      ...{ identifier, namespace, kind, name, sessionKind, latest: row },
      ...noUsage(),
    }));
    add(group, row);
    group.latest = laterOf(group.latest, row);
  }
  return groups;
};

const addMachine = (machines: Map<string, MachineGroup>, kind: MachineUse["kind"], row: UsageRow): void => {
  const { provider = "", pipeline = "", environment = "", trigger = "" } = row;
  const group = getOrCreate(machines, keyOf(kind, provider, pipeline, environment, trigger), () => ({
    ...{ kind, provider, pipeline, environment, trigger },
    ...noUsage(),
    buckets: noBuckets(),
  }));
  add(group, row);
  group.buckets = addBuckets(group.buckets, row.buckets) ?? group.buckets;
};

// Of two that ended at once, the order of the rows must not decide.
const laterOf = (one: UsageRow, other: UsageRow): UsageRow => {
  if (one.lastEnd !== other.lastEnd) return one.lastEnd > other.lastEnd ? one : other;
  return namesOf(one) < namesOf(other) ? one : other;
};

const namesOf = ({ kubernetesUsername, clientUsername, clientHostname, machineId }: UsageRow): string =>
  keyOf(kubernetesUsername, clientUsername, clientHostname, machineId);

const noUsage = (): UsageSum => ({
  sessions: 0,
  seconds: 0,
  firstStart: Number.POSITIVE_INFINITY,
  lastEnd: Number.NEGATIVE_INFINITY,
  denied: 0,
});

const add = (sum: UsageSum, part: Omit<UsageSum, "denied"> & { denied?: number | undefined }): void => {
  sum.sessions += part.sessions;
  sum.seconds += part.seconds;
  sum.firstStart = Math.min(sum.firstStart, part.firstStart);
  sum.lastEnd = Math.max(sum.lastEnd, part.lastEnd);
  sum.denied += part.denied ?? 0;
};

const getOrCreate = <T>(map: Map<string, T>, key: string, create: () => T): T => {
  const existing = map.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  map.set(key, created);
  return created;
};

// The lengths keep ("a", "bc") and ("ab", "c") apart, whatever characters the names contain.
const keyOf = (...parts: string[]): string => {
  let key = "";
  for (const part of parts) key += `${part.length}:${part}`;
  return key;
};

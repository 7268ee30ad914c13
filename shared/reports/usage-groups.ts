import type { EpochMs } from "../contract/time.ts";
import type { UsageRow } from "../usage/row.ts";

/** The sums of a group of sessions. */
export type UsageSum = { sessions: number; seconds: number; firstStart: EpochMs; lastEnd: EpochMs };

export type UserGroup = UsageSum & { identifier: string };
export type TargetGroup = UsageSum & { namespace: string; kind: string; name: string; uniqueUsers: number };
export type ActivityGroup = UsageSum & {
  identifier: string;
  namespace: string;
  kind: string;
  name: string;
  ci: boolean;
};

export type UsageGroups = {
  activity: ActivityGroup[];
  /** Without CI sessions, as are `targets`. */
  users: UserGroup[];
  targets: TargetGroup[];
  ci: UsageSum;
};

/**
 * Sums usage by user x target x ci, and from there by user and by target. `identifierOf` returns a row's user. It makes one
 * pass over the rows; their number and order do not matter. Rows without sessions are skipped: a correction leaves stale
 * values in them.
 */
export const groupUsage = (rows: Iterable<UsageRow>, identifierOf: (row: UsageRow) => string): UsageGroups => {
  const activity = [...sumByActivity(rows, identifierOf).values()];
  const users = new Map<string, UserGroup>();
  const targets = new Map<string, TargetGroup>();
  const ci = noUsage();
  for (const group of activity) {
    if (group.ci) {
      add(ci, group);
      continue;
    }
    const { identifier, namespace, kind, name } = group;
    add(
      getOrCreate(users, identifier, () => ({ identifier, ...noUsage() })),
      group,
    );
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
  return { activity, users: [...users.values()], targets: [...targets.values()], ci };
};

const sumByActivity = (
  rows: Iterable<UsageRow>,
  identifierOf: (row: UsageRow) => string,
): Map<string, ActivityGroup> => {
  const groups = new Map<string, ActivityGroup>();
  for (const row of rows) {
    if (row.sessions === 0) continue;
    const { namespace, targetKind: kind, targetName: name, ci } = row;
    const identifier = identifierOf(row);
    const key = keyOf(ci ? "ci" : "", identifier, namespace, kind, name);
    add(
      getOrCreate(groups, key, () => ({ identifier, namespace, kind, name, ci, ...noUsage() })),
      row,
    );
  }
  return groups;
};

const noUsage = (): UsageSum => ({
  sessions: 0,
  seconds: 0,
  firstStart: Number.POSITIVE_INFINITY,
  lastEnd: Number.NEGATIVE_INFINITY,
});

const add = (sum: UsageSum, part: UsageSum): void => {
  sum.sessions += part.sessions;
  sum.seconds += part.seconds;
  sum.firstStart = Math.min(sum.firstStart, part.firstStart);
  sum.lastEnd = Math.max(sum.lastEnd, part.lastEnd);
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

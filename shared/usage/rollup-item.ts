import { ITEM_VERSION, type Key } from "../contract/keys.ts";
import { formatTime } from "../contract/time.ts";
import type { Expression, Item, Write } from "../store/table.ts";
import type { CountedSession } from "./counted.ts";
import { addBuckets, bucketsOf, noBuckets } from "./duration-buckets.ts";
import type { RollupChange } from "./rollup-change.ts";
import type { MachineUse, UsageIdentity, UsageRow } from "./row.ts";

/** The sums of a rollup row; undefined if there is no row. */
export type RollupTotals = Pick<UsageRow, "sessions" | "seconds" | "firstStart" | "lastEnd" | "denied" | "buckets">;

/** The sums of these sessions of one identity alone. */
export const totalsOf = (
  sessions: readonly Pick<CountedSession, "startedAt" | "endedAt" | "seconds" | "identity" | "denied">[],
): RollupTotals | undefined =>
  sessions.length === 0
    ? undefined
    : {
        sessions: sessions.length,
        seconds: sessions.reduce((sum, { seconds }) => sum + seconds, 0),
        firstStart: sessions.reduce((first, { startedAt }) => Math.min(first, startedAt), Number.POSITIVE_INFINITY),
        lastEnd: sessions.reduce((last, { endedAt }) => Math.max(last, endedAt), Number.NEGATIVE_INFINITY),
        denied: sessions.filter(({ denied }) => denied).length,
        ...(sessions[0]?.identity.kind === undefined
          ? {}
          : { buckets: bucketsOf(sessions.map(({ seconds }) => seconds)) }),
      };

export const mergeTotals = (
  one: RollupTotals | undefined,
  other: RollupTotals | undefined,
): RollupTotals | undefined => {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    sessions: one.sessions + other.sessions,
    seconds: one.seconds + other.seconds,
    firstStart: Math.min(one.firstStart, other.firstStart),
    lastEnd: Math.max(one.lastEnd, other.lastEnd),
    denied: (one.denied ?? 0) + (other.denied ?? 0),
    ...bucketsAs(addBuckets(one.buckets, other.buckets)),
  };
};

const bucketsAs = (buckets: readonly number[] | undefined) => (buckets === undefined ? {} : { buckets });

/** Reads a rollup row back from its item. */
export const usageRow = (item: Item): UsageRow => ({
  machineId: String(item["machineId"]),
  kubernetesUsername: String(item["kubernetesUsername"]),
  clientUsername: String(item["clientUsername"]),
  clientHostname: String(item["clientHostname"]),
  namespace: String(item["namespace"]),
  targetKind: String(item["targetKind"]),
  targetName: String(item["targetName"]),
  ci: item["ci"] === true,
  ...machineUse(item),
  sessions: Number(item["sessions"]),
  seconds: Number(item["seconds"]),
  firstStart: Date.parse(String(item["firstStart"])),
  lastEnd: Date.parse(String(item["lastEnd"])),
  denied: Number(item["denied"] ?? 0),
  ...(item["kind"] === undefined
    ? {}
    : { buckets: noBuckets().map((_, place) => Number(item[bucketName(place)] ?? 0)) }),
});

const machineUse = (item: Item): Partial<MachineUse> =>
  item["kind"] === undefined
    ? {}
    : {
        kind: item["kind"] as MachineUse["kind"],
        provider: String(item["provider"]),
        pipeline: String(item["pipeline"]),
        environment: String(item["environment"]),
        trigger: String(item["trigger"]),
      };

/** The identity of a row, without its sums. */
export const identityOfRow = (row: UsageRow): UsageIdentity => {
  const { sessions: _n, seconds: _s, firstStart: _f, lastEnd: _l, denied: _d, buckets: _b, ...identity } = row;
  return identity;
};

/** The attribute of a duration bucket. */
const bucketName = (place: number): string => `b${place}`;

// Stored if they are not zero: most rows have few of them.
const otherSums = ({ denied = 0, buckets = [] }: RollupTotals): Record<string, number> => {
  const sums = [["denied", denied] as const, ...buckets.map((count, place) => [bucketName(place), count] as const)];
  return Object.fromEntries(sums.filter(([, count]) => count > 0));
};

/**
 * Adds to a row. DynamoDB has no minimum or maximum, so an extreme is set on condition that it still is one. The row as
 * it was read only decides which condition to try.
 */
export const additionWrite = (change: RollupChange, added: RollupTotals, before: RollupTotals | undefined): Write => {
  if (before === undefined) return creationWrite(change, added);
  const isFirst = added.firstStart < before.firstStart;
  const isLast = added.lastEnd > before.lastEnd;
  const others = Object.entries(otherSums(added));
  const sets = [...(isFirst ? ["firstStart = :first"] : []), ...(isLast ? ["lastEnd = :last"] : [])];
  return {
    kind: "update",
    key: change.key,
    update: {
      expression: `${sets.length === 0 ? "" : `SET ${sets.join(", ")} `}ADD ${["sessions :sessions", "seconds :seconds", ...others.map(([name]) => `${name} :${name}`)].join(", ")}`,
      values: {
        ":sessions": added.sessions,
        ":seconds": added.seconds,
        ...Object.fromEntries(others.map(([name, count]) => [`:${name}`, count])),
      },
    },
    condition: {
      expression: `firstStart ${isFirst ? ">=" : "<="} :first AND lastEnd ${isLast ? "<=" : ">="} :last`,
      values: { ":first": formatTime(added.firstStart), ":last": formatTime(added.lastEnd) },
    },
  };
};

/** Sets a row to given sums, on condition that it is as it was read. A row without sessions is deleted. */
export const replacementWrite = (
  change: RollupChange,
  after: RollupTotals | undefined,
  before: RollupTotals | undefined,
): Write => {
  if (before === undefined && after !== undefined) return creationWrite(change, after);
  const condition = asRead(before);
  return after === undefined
    ? { kind: "delete", key: change.key, condition }
    : { kind: "put", item: rollupItem(change, after), condition };
};

/** The condition that a row is as it was read, or still absent. */
export const asRead = (row: RollupTotals | undefined): Expression =>
  row === undefined
    ? { expression: "attribute_not_exists(pk)" }
    : {
        expression: "sessions = :n AND seconds = :s AND firstStart = :f AND lastEnd = :l",
        values: {
          ":n": row.sessions,
          ":s": row.seconds,
          ":f": formatTime(row.firstStart),
          ":l": formatTime(row.lastEnd),
        },
      };

const creationWrite = (change: RollupChange, totals: RollupTotals): Write => ({
  kind: "put",
  item: rollupItem(change, totals),
  condition: { expression: "attribute_not_exists(pk)" },
});

const rollupItem = (change: RollupChange, totals: RollupTotals): Key & Item => ({
  ...change.key,
  v: ITEM_VERSION,
  ...change.identity,
  sessions: totals.sessions,
  seconds: totals.seconds,
  firstStart: formatTime(totals.firstStart),
  lastEnd: formatTime(totals.lastEnd),
  ...otherSums(totals),
});

import { isDeepStrictEqual } from "node:util";
import { type Key, ROLLUP_PREFIX, rollupKey, rollupPartition } from "../contract/keys.ts";
import { inParallel } from "../store/parallel.ts";
import type { Item, Table } from "../store/table.ts";
import { rollupHash } from "../usage/counted.ts";
import { identityOfRow, mergeTotals, type RollupTotals, totalsOf, usageRow } from "../usage/rollup-item.ts";
import type { SessionsOfDay } from "../usage/rollups.ts";
import type { UsageIdentity } from "../usage/row.ts";

/** What one rollup row contains, and what it should contain. */
export type RowView = { is: RollupTotals | undefined; should: RollupTotals | undefined; sound: boolean };

/**
 * The rows of one identity and shard in one month. They change together, so they are compared and repaired together.
 */
export type RollupUnit = {
  month: string;
  hash: string;
  shard: number;
  identity: UsageIdentity;
  /** By their period: the days (`yyyy-mm-dd`), and the month itself. */
  rows: ReadonlyMap<string, RowView>;
};

/** The days of a month, and those of them that are compared with sessions. */
export type MonthScope = { month: string; days: readonly string[]; verified: ReadonlySet<string> };

const READS_AT_ONCE = 8;

/** Reads the rows of a month consistently, before the sessions that they are compared with. */
export const readUnits = async (
  table: Table,
  { month, days, verified }: MonthScope,
  sessionsOfDay: SessionsOfDay,
): Promise<RollupUnit[]> => {
  const drafts = new Map<string, Draft>();
  await inParallel([...days, month], READS_AT_ONCE, async (period) => {
    const partition = rollupPartition(period);
    for (const item of await table.query({ partition, range: { prefix: ROLLUP_PREFIX }, consistent: true }))
      noteRow(drafts, period, item);
  });
  await inParallel([...verified], READS_AT_ONCE, async (day) => {
    const sessions = await sessionsOfDay(day);
    const byRow = Map.groupBy(sessions, ({ identity, shard }) => unitName(rollupHash(identity), shard));
    for (const [name, counted] of byRow) {
      const identity = counted[0]?.identity;
      if (identity === undefined) continue;
      draftOf(drafts, name, identity).counted.set(day, totalsOf(counted));
    }
  });
  return [...drafts].map(([name, draft]) => finished(name, draft, { month, days, verified }));
};

/** Whether a row is not what it should be. */
export const differs = ({ is, should, sound }: RowView): boolean => !sameTotals(is, should) || !sound;

export const sameTotals = (one: RollupTotals | undefined, other: RollupTotals | undefined): boolean =>
  one === undefined || other === undefined
    ? one === other
    : one.sessions === other.sessions &&
      one.seconds === other.seconds &&
      one.firstStart === other.firstStart &&
      one.lastEnd === other.lastEnd &&
      (one.denied ?? 0) === (other.denied ?? 0) &&
      isDeepStrictEqual(one.buckets, other.buckets);

export const unitName = (hash: string, shard: number): string => `${hash}#${shard}`;

export const rowKey = ({ hash, shard }: Pick<RollupUnit, "hash" | "shard">, period: string): Key =>
  rollupKey(period, hash, shard);

type Draft = {
  identity: UsageIdentity;
  rows: Map<string, { totals: RollupTotals; sound: boolean }>;
  counted: Map<string, RollupTotals | undefined>;
};

const draftOf = (drafts: Map<string, Draft>, name: string, identity: UsageIdentity): Draft => {
  const draft = drafts.get(name) ?? { identity, rows: new Map(), counted: new Map() };
  // The identity in a session is right. A row may have been damaged.
  if (isOf(identity, name)) draft.identity = identity;
  drafts.set(name, draft);
  return draft;
};

const noteRow = (drafts: Map<string, Draft>, period: string, item: Item): void => {
  const name = String(item["sk"]).slice(ROLLUP_PREFIX.length);
  const row = usageRow(item);
  const { sessions, seconds, firstStart, lastEnd, denied, buckets } = row;
  const identity = identityOfRow(row);
  draftOf(drafts, name, identity).rows.set(period, {
    totals: { sessions, seconds, firstStart, lastEnd, denied, buckets },
    sound: isOf(identity, name),
  });
};

const isOf = (identity: UsageIdentity, name: string): boolean => name.startsWith(`${rollupHash(identity)}#`);

const finished = (name: string, { identity, rows, counted }: Draft, scope: MonthScope): RollupUnit => {
  const { month, days, verified } = scope;
  const views = new Map<string, RowView>();
  for (const day of days) {
    const row = rows.get(day);
    const should = verified.has(day) ? counted.get(day) : row?.totals;
    if (row === undefined && should === undefined) continue;
    views.set(day, { is: row?.totals, should, sound: row?.sound ?? true });
  }
  const should = [...views.values()].reduce<RollupTotals | undefined>(
    (sum, view) => mergeTotals(sum, view.should),
    undefined,
  );
  const row = rows.get(month);
  views.set(month, { is: row?.totals, should, sound: row?.sound ?? true });
  const [hash = "", shard] = name.split("#");
  return { month, hash, shard: Number(shard), identity, rows: views };
};

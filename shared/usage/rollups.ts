import { rollupKey } from "../contract/keys.ts";
import { DAY_MS, dayOf, daysInMonth, startOf } from "../contract/time.ts";
import type { Item, Table, Write } from "../store/table.ts";
import type { CountedSession } from "./counted.ts";
import { type RollupChange, rollupChanges } from "./rollup-change.ts";
import { additionWrite, mergeTotals, type RollupTotals, replacementWrite, totalsOf, usageRow } from "./rollup-item.ts";

/** Finds the ended sessions of a day as the rollups count them. */
export type SessionsOfDay = (day: string) => Promise<CountedSession[]>;

/** The writes that update the rollups. `stale`: what was read does not fit together yet, so read again. */
export type RollupPlan = { ok: true; writes: Write[] } | { ok: false; stale: true };

/**
 * Plans the changes of day and month rollups when sessions are added or removed. The writes go into the same
 * transaction as the sessions' own. `sessionsOfDay` is called only if a removal takes away the earliest start or the
 * latest end of a row.
 */
export const planRollups = async (
  table: Table,
  added: readonly CountedSession[],
  removed: readonly CountedSession[],
  sessionsOfDay: SessionsOfDay,
): Promise<RollupPlan> => {
  const changes = rollupChanges(added, removed);
  // A removal has conditions on all it read, so it reads consistently. An addition needs less.
  const rows = await readRows(table, changes, removed.length > 0);
  const sessionsOnce = oncePerDay(sessionsOfDay);
  const daysAfter = new Map<string, RollupTotals | undefined>();
  const writes: Write[] = [];
  for (const change of changes) {
    const before = rows.get(nameOf(change));
    const gain = totalsOf(change.added);
    if (change.removed.length === 0) {
      if (gain !== undefined) writes.push(additionWrite(change, gain, before));
      if (change.period.length > 7) daysAfter.set(rowName(change, change.period), mergeTotals(before, gain));
      continue;
    }
    const rest = await withoutRemoved(table, change, before, daysAfter, sessionsOnce);
    if (!rest.ok) return { ok: false, stale: true };
    const after = change.period.length > 7 ? mergeTotals(rest.totals, gain) : rest.totals;
    if (change.period.length > 7) daysAfter.set(rowName(change, change.period), after);
    writes.push(replacementWrite(change, after, before));
  }
  return { ok: true, writes };
};

// A day may have many sessions, and each row of one plan may ask for them.
const oncePerDay = (sessionsOfDay: SessionsOfDay): SessionsOfDay => {
  const asked = new Map<string, ReturnType<SessionsOfDay>>();
  return (day) => {
    const sessions = asked.get(day) ?? sessionsOfDay(day);
    asked.set(day, sessions);
    return sessions;
  };
};

type Rest = { ok: true; totals: RollupTotals | undefined } | { ok: false };

// For a day: what remains without the removed sessions. For a month: the sum of its days as they will be.
const withoutRemoved = async (
  table: Table,
  change: RollupChange,
  before: RollupTotals | undefined,
  daysAfter: ReadonlyMap<string, RollupTotals | undefined>,
  sessionsOfDay: SessionsOfDay,
): Promise<Rest> => {
  if (before === undefined || before.sessions < change.removed.length) return { ok: false };
  if (change.period.length === 7) return monthFromDays(table, change, before, daysAfter);
  const count = before.sessions - change.removed.length;
  const seconds = before.seconds - change.removed.reduce((sum, session) => sum + session.seconds, 0);
  const gone = totalsOf(change.removed);
  const denied = (before.denied ?? 0) - (gone?.denied ?? 0);
  const buckets = before.buckets?.map((number, place) => number - (gone?.buckets?.[place] ?? 0));
  if (count === 0) return { ok: true, totals: undefined };
  const keepsExtremes = change.removed.every(
    ({ startedAt, endedAt }) => startedAt > before.firstStart && endedAt < before.lastEnd,
  );
  if (keepsExtremes) return { ok: true, totals: { ...before, sessions: count, seconds, denied, buckets } };
  const goneIds = new Set(change.removed.map(({ sessionId }) => sessionId));
  const left = (await sessionsOfDay(change.period)).filter(
    (session) => isOfRow(session, change) && !goneIds.has(session.sessionId),
  );
  const totals = totalsOf(left);
  // The index lags. Unless it shows exactly what the row counts, it cannot give the extremes.
  return totals?.sessions === count && totals.seconds === seconds ? { ok: true, totals } : { ok: false };
};

const monthFromDays = async (
  table: Table,
  change: RollupChange,
  before: RollupTotals,
  daysAfter: ReadonlyMap<string, RollupTotals | undefined>,
): Promise<Rest> => {
  const [year = 0, month = 0] = change.period.split("-").map(Number);
  const days = Array.from({ length: daysInMonth(year, month) }, (_, index) =>
    dayOf(startOf(change.period) + index * DAY_MS),
  );
  const others = days.filter((day) => !daysAfter.has(rowName(change, day)));
  const keys = others.map((day) => rollupKey(day, change.hash, change.shard));
  const rows = (await table.batchGet(keys, { consistent: true })).map(usageRow);
  const totals = days.reduce<RollupTotals | undefined>(
    (sum, day) => mergeTotals(sum, daysAfter.get(rowName(change, day))),
    rows.reduce<RollupTotals | undefined>(mergeTotals, undefined),
  );
  const expected = before.sessions - change.removed.length + change.added.length;
  return (totals?.sessions ?? 0) === expected ? { ok: true, totals } : { ok: false };
};

const readRows = async (table: Table, changes: readonly RollupChange[], consistent: boolean) => {
  const items = await table.batchGet(
    changes.map(({ key }) => key),
    { consistent },
  );
  return new Map(items.map((item) => [itemName(item), usageRow(item)]));
};

const isOfRow = (session: CountedSession, change: RollupChange): boolean =>
  session.shard === change.shard &&
  // What earlier releases counted of a machine session is in a row without a kind.
  session.identity.kind === change.identity.kind &&
  Object.entries(change.identity).every(
    ([field, value]) => session.identity[field as keyof typeof session.identity] === value,
  );

const itemName = (item: Item): string => `${String(item["pk"])}|${String(item["sk"])}`;
const nameOf = (change: RollupChange): string => `${change.key.pk}|${change.key.sk}`;
const rowName = (change: RollupChange, period: string): string => {
  const key = rollupKey(period, change.hash, change.shard);
  return `${key.pk}|${key.sk}`;
};

import { DAY_MS, dayOf, type EpochMs, nextMonth, startOf } from "../contract/time.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import type { RollupTotals } from "../usage/rollup-item.ts";
import type { SessionsOfDay } from "../usage/rollups.ts";
import type { UsageIdentity } from "../usage/row.ts";
import { repairUnit } from "./repair-unit.ts";
import { differs, type MonthScope, type RollupUnit, readUnits, rowKey, sameTotals, unitName } from "./rollup-units.ts";

/** A rollup row that is not what it should be. */
export type RollupDifference = {
  row: string;
  identity: UsageIdentity;
  is: RollupTotals | undefined;
  should: RollupTotals | undefined;
  /**
   * `found`: only compared. `busy`: traffic changes it, and the next run decides. `too old`: a repair would remove
   * usage whose sessions are no longer stored.
   */
  outcome: "found" | "repaired" | "busy" | "too old";
};

export type MonthDeps = { table: Table; pace: Pace; sessionsOfDay: SessionsOfDay; pauseMs: number };

export type MonthTask = {
  month: string;
  /** The days that begin in `from <= t < to` are compared with their sessions. */
  verified: { from: EpochMs; to: EpochMs };
  /** Sessions before this may have been deleted. */
  horizon: EpochMs;
  repair: boolean;
};

/** How often a changing row is compared before it is left to the next run. */
const LOOKS = 4;

export type MonthOutcome = { rows: number; differences: RollupDifference[] };

/**
 * Compares the rollups of one month: days with sessions, and the month with its days. The index lags and ends are in
 * progress, so a difference counts only if it is the same after a pause.
 */
export const verifyMonth = async (deps: MonthDeps, task: MonthTask): Promise<MonthOutcome> => {
  const scope = scopeOf(task);
  const units = await readUnits(deps.table, scope, deps.sessionsOfDay);
  const rows = units.reduce((sum, unit) => sum + unit.rows.size, 0);
  const differences: RollupDifference[] = [];
  let open = units.filter(hasDifference);
  for (let look = 1; open.length > 0; look += 1) {
    if (look >= LOOKS) {
      differences.push(...open.flatMap((unit) => differencesOf(unit, "busy")));
      break;
    }
    await deps.pace.sleep(deps.pauseMs);
    const again = await lookAgain(deps, scope, open);
    const moving: RollupUnit[] = [];
    for (const { before, now } of again) {
      if (!hasDifference(now)) continue;
      if (!isSame(before, now)) moving.push(now);
      else if (isTooOld(now, task)) differences.push(...differencesOf(now, "too old"));
      else if (!task.repair) differences.push(...differencesOf(now, "found"));
      else if (await repairUnit(deps.table, deps.pace, now)) differences.push(...differencesOf(now, "repaired"));
      else moving.push(now);
    }
    open = moving;
  }
  return { rows, differences };
};

const scopeOf = ({ month, verified }: MonthTask): MonthScope => {
  const days: string[] = [];
  for (let day = startOf(month); day < startOf(nextMonth(month)); day += DAY_MS) days.push(dayOf(day));
  const isVerified = (day: string) => startOf(day) >= verified.from && startOf(day) < verified.to;
  return { month, days, verified: new Set(days.filter(isVerified)) };
};

// Only the days with a difference are listed again.
const lookAgain = async (deps: MonthDeps, scope: MonthScope, open: readonly RollupUnit[]) => {
  const inQuestion = new Set(
    open.flatMap(({ rows }) => [...rows].flatMap(([period, row]) => (differs(row) ? [period] : []))),
  );
  const verified = new Set([...scope.verified].filter((day) => inQuestion.has(day)));
  const units = await readUnits(deps.table, { ...scope, verified }, deps.sessionsOfDay);
  const byName = new Map(units.map((unit) => [unitName(unit.hash, unit.shard), unit]));
  return open.flatMap((before) => {
    const now = byName.get(unitName(before.hash, before.shard));
    return now === undefined ? [] : [{ before, now }];
  });
};

const hasDifference = ({ rows }: RollupUnit): boolean => [...rows.values()].some(differs);

const isSame = (before: RollupUnit, now: RollupUnit): boolean =>
  before.rows.size === now.rows.size &&
  [...before.rows].every(([period, row]) => {
    const other = now.rows.get(period);
    return other !== undefined && sameTotals(row.is, other.is) && sameTotals(row.should, other.should);
  });

// If older days are in the month, their rows are all that remains of them. So the month may shrink by what its verified
// days shrink by, and no more.
const isTooOld = ({ month, rows }: RollupUnit, { horizon }: MonthTask): boolean => {
  if (startOf(month) >= horizon) return false;
  const whole = rows.get(month);
  const change = [...rows].reduce(
    (sum, [period, { is, should }]) => (period === month ? sum : sum + (should?.sessions ?? 0) - (is?.sessions ?? 0)),
    0,
  );
  return (whole?.should?.sessions ?? 0) < (whole?.is?.sessions ?? 0) + change;
};

const differencesOf = (unit: RollupUnit, outcome: RollupDifference["outcome"]): RollupDifference[] =>
  [...unit.rows].flatMap(([period, row]) => {
    const { pk, sk } = rowKey(unit, period);
    const { is, should } = row;
    return differs(row) ? [{ row: `${pk} ${sk}`, identity: unit.identity, is, should, outcome }] : [];
  });

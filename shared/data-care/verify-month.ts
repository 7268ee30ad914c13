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
   * `found`: only looked for. `busy`: traffic was at it, the next run decides. `too old`: to mend it would take away what
   * only rows tell whose sessions are no longer kept.
   */
  outcome: "found" | "repaired" | "busy" | "too old";
};

export type MonthDeps = { table: Table; pace: Pace; sessionsOfDay: SessionsOfDay; pauseMs: number };

export type MonthTask = {
  month: string;
  /** Sessions are held against the days that begin in `from <= t < to`. */
  verified: { from: EpochMs; to: EpochMs };
  /** Before this, sessions may have been cleaned up. */
  horizon: EpochMs;
  repair: boolean;
};

/** How often a row that keeps moving is looked at before it is left to the next run. */
const LOOKS = 4;

export type MonthOutcome = { rows: number; differences: RollupDifference[] };

/**
 * Holds the rollups of one month against its sessions, days against sessions and the month against its days. The index
 * lags and ends are under way, so a difference only counts if it stands, row and all, after a pause.
 */
export const verifyMonth = async (deps: MonthDeps, task: MonthTask): Promise<MonthOutcome> => {
  const scope = scopeOf(task);
  const units = await readUnits(deps.table, scope, deps.sessionsOfDay);
  const rows = units.reduce((sum, unit) => sum + unit.rows.size, 0);
  const differences: RollupDifference[] = [];
  let open = units.filter(hasDifference);
  for (let look = 1; open.length > 0; look += 1) {
    if (look >= LOOKS) {
      differences.push(...open.flatMap((unit) => told(unit, "busy")));
      break;
    }
    await deps.pace.sleep(deps.pauseMs);
    const again = await lookAgain(deps, scope, open);
    const moving: RollupUnit[] = [];
    for (const { before, now } of again) {
      if (!hasDifference(now)) continue;
      if (!isSame(before, now)) moving.push(now);
      else if (isTooOld(now, task)) differences.push(...told(now, "too old"));
      else if (!task.repair) differences.push(...told(now, "found"));
      else if (await repairUnit(deps.table, deps.pace, now)) differences.push(...told(now, "repaired"));
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

// Only the days in question are listed again.
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

// The month may come down by what its verified days come down by, and by no more, where older days are in it: their
// rows are all there is of them.
const isTooOld = ({ month, rows }: RollupUnit, { horizon }: MonthTask): boolean => {
  if (startOf(month) >= horizon) return false;
  const whole = rows.get(month);
  const change = [...rows].reduce(
    (sum, [period, { is, should }]) => (period === month ? sum : sum + (should?.sessions ?? 0) - (is?.sessions ?? 0)),
    0,
  );
  return (whole?.should?.sessions ?? 0) < (whole?.is?.sessions ?? 0) + change;
};

const told = (unit: RollupUnit, outcome: RollupDifference["outcome"]): RollupDifference[] =>
  [...unit.rows].flatMap(([period, row]) => {
    const { pk, sk } = rowKey(unit, period);
    const { is, should } = row;
    return differs(row) ? [{ row: `${pk} ${sk}`, identity: unit.identity, is, should, outcome }] : [];
  });

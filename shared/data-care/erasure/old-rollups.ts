import { rollupKey } from "../../contract/keys.ts";
import { DAY_MS, dayOf, nextMonth, startOf } from "../../contract/time.ts";
import type { Item, Table, Write } from "../../store/table.ts";
import { withoutTrigger } from "../../usage/combinations.ts";
import { rollupHash } from "../../usage/counted.ts";
import { identityOfRow, mergeTotals, type RollupTotals, replacementWrite, usageRow } from "../../usage/rollup-item.ts";
import type { UsageIdentity, UsageRow } from "../../usage/row.ts";
import type { Pseudonyms } from "./person.ts";

/**
 * Moves the rollup rows of days before `horizon`, whose sessions are no longer stored, to the pseudonyms. All rows of
 * one identity and month move in one transaction, so the month is always the sum of its days. Rows of later days move
 * with their sessions. Returns how many rows it moved.
 */
export const eraseOldRollups = async (
  table: Table,
  items: readonly Item[],
  pseudonyms: Pseudonyms,
  horizon: number,
): Promise<number> => {
  const units = new Map<string, Unit>();
  for (const item of items) {
    const [, period = ""] = String(item["pk"]).split("#");
    const [, , shard] = String(item["sk"]).split("#");
    const unit = { month: period.slice(0, 7), shard: Number(shard), identity: identityOfRow(usageRow(item)) };
    if (startOf(unit.month) < horizon) units.set(`${unit.month}|${String(item["sk"])}`, unit);
  }
  let moved = 0;
  for (const unit of units.values()) moved += await moveUnit(table, unit, pseudonyms, horizon);
  return moved;
};

type Unit = { month: string; shard: number; identity: UsageIdentity };

const moveUnit = async (table: Table, unit: Unit, pseudonyms: Pseudonyms, horizon: number): Promise<number> => {
  const days = daysOf(unit.month);
  const replaced = withoutTrigger(pseudonyms.names(unit.identity));
  const [from, to] = await Promise.all([
    readRows(table, unit.identity, unit.shard, [...days, unit.month]),
    readRows(table, replaced, unit.shard, [...days, unit.month]),
  ]);
  const isOld = (day: string) => startOf(day) < horizon && from.has(day);
  const moving = days.filter(isOld);
  if (moving.length === 0) return 0;
  const writes: Write[] = [];
  const replace = (
    identity: UsageIdentity,
    period: string,
    after: RollupTotals | undefined,
    before: Row | undefined,
  ) => {
    const hash = rollupHash(identity);
    const key = rollupKey(period, hash, unit.shard);
    const change = { key, period, identity, hash, shard: unit.shard, added: [], removed: [] };
    writes.push(replacementWrite(change, after, before));
  };
  for (const day of moving) {
    replace(unit.identity, day, undefined, from.get(day));
    replace(replaced, day, mergeTotals(to.get(day), from.get(day)), to.get(day));
  }
  const stays = sum(days.filter((day) => !isOld(day)).map((day) => from.get(day)));
  const comes = sum(days.map((day) => (isOld(day) ? mergeTotals(to.get(day), from.get(day)) : to.get(day))));
  if (from.has(unit.month)) replace(unit.identity, unit.month, stays, from.get(unit.month));
  replace(replaced, unit.month, comes, to.get(unit.month));
  const { outcome } = await table.transact(writes);
  return outcome === "committed" ? moving.length + 1 : 0;
};

type Row = RollupTotals;

const readRows = async (
  table: Table,
  identity: UsageIdentity,
  shard: number,
  periods: readonly string[],
): Promise<Map<string, UsageRow>> => {
  const hash = rollupHash(identity);
  const items = await table.batchGet(
    periods.map((period) => rollupKey(period, hash, shard)),
    { consistent: true },
  );
  return new Map(items.map((item) => [String(item["pk"]).split("#")[1] ?? "", usageRow(item)]));
};

const sum = (rows: readonly (RollupTotals | undefined)[]): RollupTotals | undefined =>
  rows.reduce<RollupTotals | undefined>(mergeTotals, undefined);

const daysOf = (month: string): string[] => {
  const days: string[] = [];
  for (let day = startOf(month); day < startOf(nextMonth(month)); day += DAY_MS) days.push(dayOf(day));
  return days;
};

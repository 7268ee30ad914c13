import { isDeepStrictEqual } from "node:util";
import { ITEM_VERSION } from "../../../shared/contract/keys.ts";
import type { TrendDay, UsageReport } from "../../../shared/contract/responses.ts";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { verifyUsage } from "../../../shared/data-care/verify.ts";
import { verifyDigests } from "../../../shared/operators/verify-digests.ts";
import { readSeatHistory } from "../../../shared/seats/history.ts";
import { verifySeatCounters } from "../../../shared/seats/verify-counters.ts";
import { endedSessionsOfDay } from "../../../shared/sessions/ended-sessions.ts";
import { openTable } from "../../cli/usage/open-table.ts";
import { get, runJob } from "./phase.ts";
import type { World } from "./world.ts";

const RETENTION_DAYS = 1_825;

/** Checks every sum, counter and digest of the table, and the version of every item. The clock may be ahead. */
export const checkTable = async (world: World, aheadMs = 0): Promise<string[]> => {
  const place = { table: world.tableName, endpoint: world.endpoint, retentionDays: RETENTION_DAYS };
  const { table, pace, scan, close } = await openTable(place, process.env);
  const faults: string[] = [];
  try {
    const deps = { table, pace, pauseMs: SECOND_MS, sessionsOfDay: (day: string) => endedSessionsOfDay(table, day) };
    const now = Date.now() + aheadMs;
    // As of tomorrow, so that today is checked too.
    const options = { now: now + DAY_MS, retentionDays: RETENTION_DAYS, marginDays: 3, repair: false };
    const { rows } = await verifyUsage(deps, options, {
      difference: ({ row }) => faults.push(`rollup ${row} differs from the sum of its sessions`),
      month: () => {},
    });
    if (rows === 0) faults.push("there are no rollups: nothing was verified");
    for (const { claimed, seats } of await verifySeatCounters(deps, { from: now - DAY_MS, to: now }))
      faults.push(`${claimed} seats are counted, ${seats} are held`);
    for (const { instanceId } of await verifyDigests(deps)) faults.push(`the digest of ${instanceId} is wrong`);
    for await (const page of scan())
      for (const { v, pk, sk } of page)
        if (v !== ITEM_VERSION) faults.push(`${pk} ${sk} has no version that both releases know`);
  } finally {
    await close();
  }
  return faults;
};

/**
 * Checks the seat history as of tomorrow. The days before the upgrade are holes, at least `holes` of them, and the day of the
 * upgrade, on which both releases decided about seats, is marked as rebuilt: never a zero. The clock may be ahead.
 */
export const checkSeatHistory = async (world: World, { aheadMs = 0, holes = 0 } = {}): Promise<string[]> => {
  const aheadMinutes = (aheadMs + DAY_MS) / MINUTE_MS;
  await runJob(world, { release: "current", job: "dayClose", aheadMinutes });
  const { table, close } = await openTable(
    { table: world.tableName, endpoint: world.endpoint, retentionDays: RETENTION_DAYS },
    process.env,
  );
  const now = Date.now() + aheadMs;
  const days = await readSeatHistory(table, { from: now - 7 * DAY_MS, to: now + DAY_MS, now: now + DAY_MS }).finally(
    close,
  );
  const rebuilt = days.filter((day) => day.rebuilt);
  const before = days.filter(({ date }) => date < (rebuilt[0]?.date ?? ""));
  return [
    ...(before.length < holes ? [`the seat history has ${before.length} days before the upgrade`] : []),
    ...(rebuilt.length === 0 ? ["no day of the seat history is marked as rebuilt"] : []),
    ...rebuilt
      .filter(({ held }) => !(held !== null && held > 0))
      .map(({ date }) => `${date} was rebuilt without seats`),
    ...before
      .filter(({ held }) => held !== null)
      .map(({ date }) => `${date}, before the upgrade, has figures of seats`),
  ];
};

/** Checks that both releases read the other's items the same way, and that the trends add up to the report. */
export const checkReaders = async (world: World, report: UsageReport): Promise<string[]> => {
  const faults: string[] = [];
  for (const path of ["/api/v1/sessions", "/api/v1/seats"]) {
    const [earlier, current] = [await get(world, "earlier", path), await get(world, "current", path)];
    if (!includesAll(current, earlier)) faults.push(`${path} differs between the releases`);
  }
  const { days } = (await get(world, "current", "/api/v1/reports/usage/trends?days=7")) as { days: TrendDay[] };
  const sum = (field: "sessionCount" | "sessionTimeSeconds" | "ciSessionCount") =>
    days.reduce((total, day) => total + day[field], 0);
  const { totalSessionCount, totalSessionTimeSeconds, totalCiSessionCount } = report.allTimeMetrics;
  for (const [what, trend, total] of [
    ["sessions", sum("sessionCount"), totalSessionCount],
    ["seconds", sum("sessionTimeSeconds"), totalSessionTimeSeconds],
    ["CI sessions", sum("ciSessionCount"), totalCiSessionCount],
  ] as const)
    if (trend !== total) faults.push(`the trends have ${trend} ${what}, the report has ${total}`);
  return faults;
};

/** Whether an answer contains all values of another. Later releases may add fields. */
const includesAll = (one: unknown, other: unknown): boolean => {
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((entry, place) => includesAll(entry, other[place]));
  if (!isObject(one) || !isObject(other)) return isDeepStrictEqual(one, other);
  return Object.entries(other).every(([name, value]) => Object.hasOwn(one, name) && includesAll(one[name], value));
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

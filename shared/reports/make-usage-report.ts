import type { PrimaryKey, UsageReport } from "../contract/responses.ts";
import type { EpochMs } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { listOperators } from "../operators/list.ts";
import type { Operator } from "../operators/operator.ts";
import type { ShownNames } from "../privacy/shown-names.ts";
import { endedSessionsOfDay } from "../sessions/ended-sessions.ts";
import { countRunningMachines } from "../sessions/running.ts";
import type { Table } from "../store/table.ts";
import { readMachinePeaks } from "../usage/peaks.ts";
import { partRange, readUsage } from "../usage/read.ts";
import { readRunPeaks } from "../usage/run-peaks.ts";
import { buildUsageReport } from "./usage-report.ts";

export type UsageReportDeps = {
  table: Table;
  license: LicenseFile;
  /** The day of the month on which billing periods begin, where the license does not say. */
  anchorDay: number | undefined;
  names: ShownNames;
};

export type UsageReportRequest = {
  period: { from: EpochMs | undefined; to: EpochMs };
  /** What identifies a user; by default what the license tracks. */
  primaryKey: PrimaryKey | undefined;
  now: EpochMs;
};

/** Reads and sums up the usage report of a period, for a request and for a scheduled report. */
export const makeUsageReport = async (
  { table, license, names }: UsageReportDeps,
  { period, primaryKey = defaultKey(license), now }: UsageReportRequest,
): Promise<UsageReport> => {
  // Neither needs the other, and most of the time is spent waiting for the table.
  const [usage, { operators, running, peaks }] = await Promise.all([
    readUsage(table, period, now, (part) => {
      const { day, range } = partRange(part);
      return endedSessionsOfDay(table, day, range, now);
    }),
    readMachinesNow(table, period, now),
  ]);
  const rows = [...usage.rows];
  const hasMachines = rows.some(({ ci }) => ci);
  return buildUsageReport({
    ...usage,
    rows,
    runPeaks: hasMachines && peaks !== null ? await readRunPeaks(table, { ...period, now }) : new Map(),
    license: { maxSeats: license.terms.maxSeats, type: license.terms.type },
    primaryKey,
    period,
    now,
    running,
    peaks,
    operator: lastHeard(operators),
    show: (identifier) => names.identifier(primaryKey, identifier),
    names,
    showTrigger: (trigger) => names.person(trigger),
  });
};

const readMachinesNow = async (table: Table, period: UsageReportRequest["period"], now: EpochMs) => {
  const operators = await listOperators(table);
  const running = await countRunningMachines(table, operators);
  return { operators, running, peaks: await readMachinePeaks({ table }, { ...period, now, running }) };
};

const defaultKey = ({ terms }: LicenseFile): PrimaryKey =>
  terms.trackingMode === "KubernetesUser" ? "username" : "machine_id";

const lastHeard = (operators: readonly Operator[]): { version: string; lastEvent: EpochMs } | undefined =>
  operators.reduce<{ version: string; lastEvent: EpochMs } | undefined>((last, { version, lastHeartbeat }) => {
    if (version === undefined || lastHeartbeat === undefined) return last;
    return last === undefined || lastHeartbeat > last.lastEvent ? { version, lastEvent: lastHeartbeat } : last;
  }, undefined);

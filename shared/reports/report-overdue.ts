import { reportDoneKey } from "../contract/keys.ts";
import type { ReportSchedule } from "../contract/settings.ts";
import { DAY_MS, type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { readBeginning } from "../usage/beginning.ts";
import { finalFrom, lastFinalPeriod } from "./report-period.ts";

/** A report is made within a day after it becomes final. The hours after that are for Lambda's own retries. */
const GRACE_MS = DAY_MS + DAY_MS / 4;

export type ReportOverdueDeps = {
  table: Table;
  /** Undefined: nothing is scheduled. */
  schedule: ReportSchedule | undefined;
  timeZone: string;
  lostAfterMs: number;
};

/**
 * How long the last scheduled report has been overdue, in seconds. 0 if it is made, or if its period ended before this
 * server had data. Undefined if no report is scheduled.
 */
export const reportOverdueSeconds = async (
  { table, schedule, timeZone, lostAfterMs }: ReportOverdueDeps,
  now: EpochMs,
): Promise<number | undefined> => {
  if (schedule === undefined) return undefined;
  const period = lastFinalPeriod(schedule, timeZone, lostAfterMs + GRACE_MS, now);
  const done = await table.get(reportDoneKey(`${period.fromDay}_${period.toDay}`), { consistent: true });
  const finalAt = finalFrom(period, lostAfterMs);
  if (done !== undefined && Date.parse(String(done["asOf"])) >= finalAt) return 0;
  const beginning = await readBeginning(table);
  if (beginning === undefined || beginning >= period.toDay) return 0;
  return Math.floor((now - finalAt - GRACE_MS) / SECOND_MS);
};

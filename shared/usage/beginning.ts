import { daysGivenKey } from "../contract/keys.ts";
import { dayOf, type EpochMs, latest } from "../contract/time.ts";
import { listLicensesSeen } from "../licensing/licenses-seen.ts";
import type { Table } from "../store/table.ts";
import { readUsageSince } from "./since.ts";

/**
 * The first day that has anything to report: the day on which the server first had a license, or the first of the first
 * month with usage, whichever is earlier. Undefined on a server that has had neither.
 */
export const readBeginning = async (table: Table): Promise<string | undefined> => {
  const [since, licensed] = await Promise.all([readUsageSince(table), readFirstLicensed(table)]);
  return [...(since === undefined ? [] : [`${since}-01`]), ...(licensed === undefined ? [] : [licensed])].sort()[0];
};

/** The first day of a period that may have anything to report. `from` may be thousands of years ago. */
export const readFirstDayOf = async (table: Table, from: EpochMs | undefined, now: EpochMs): Promise<string> => {
  const beginning = (await readBeginning(table)) ?? dayOf(now);
  return from === undefined ? beginning : latest(beginning, dayOf(from));
};

/**
 * The first of the days that are all closed, whatever happened on them: the day on which the server first had a license. An
 * event of an earlier time does not move it, so it costs no more than its own days. Before it, a day without a mark and
 * without statistics is one on which nothing happened. Undefined on a server that has had neither a license nor usage.
 */
export const readRegularBeginning = async (table: Table): Promise<string | undefined> => {
  const given = await table.get(daysGivenKey, { consistent: true });
  if (given !== undefined) return String(given["first"]);
  return (await readFirstLicensed(table)) ?? (await readBeginning(table));
};

const readFirstLicensed = async (table: Table): Promise<string | undefined> => {
  const firstSeen = (await listLicensesSeen(table)).reduce<EpochMs | undefined>(
    (first, license) => Math.min(first ?? license.firstSeen, license.firstSeen),
    undefined,
  );
  return firstSeen === undefined ? undefined : dayOf(firstSeen);
};

import { dayOf, type EpochMs } from "../contract/time.ts";
import { listLicensesSeen } from "../licensing/licenses-seen.ts";
import type { Table } from "../store/table.ts";
import { readUsageSince } from "./since.ts";

/**
 * The first day of which there can be anything to tell: that on which the server first had a license, or the first of the
 * first month with usage, whichever is earlier. Undefined on a server that has had neither.
 */
export const readBeginning = async (table: Table): Promise<string | undefined> => {
  const [since, licenses] = await Promise.all([readUsageSince(table), listLicensesSeen(table)]);
  const firstSeen = licenses.reduce<EpochMs | undefined>(
    (first, license) => Math.min(first ?? license.firstSeen, license.firstSeen),
    undefined,
  );
  const days = [
    ...(since === undefined ? [] : [`${since}-01`]),
    ...(firstSeen === undefined ? [] : [dayOf(firstSeen)]),
  ];
  return days.sort()[0];
};

import { auditPartition } from "../contract/keys.ts";
import type { Item, Table } from "../store/table.ts";
import type { DayStats } from "./day-stats.ts";

/** Whether an audit row tells of a seat that was claimed, within the license's seats or beyond them. */
export const isClaim = ({ action }: Item): boolean => action === "seat.claimed" || action === "seat.overage";

/** How many seats were claimed on a day, overages included, and how many sessions were refused one, by the audit. */
export const countSeatEvents = async (
  table: Table,
  day: string,
): Promise<Pick<DayStats, "seatsClaimed" | "denials">> => {
  const counts = { seatsClaimed: 0, denials: 0 };
  for (const row of await table.query({ partition: auditPartition(day) })) {
    if (isClaim(row)) counts.seatsClaimed += 1;
    if (row["action"] === "seat.denied") counts.denials += 1;
  }
  return counts;
};

import { auditPartition } from "../contract/keys.ts";
import type { Item, Table } from "../store/table.ts";
import type { DayStats } from "./day-stats.ts";

/** Whether an audit row records a claimed seat, within the license's seats or beyond them. */
export const isClaim = ({ action }: Item): boolean => action === "seat.claimed" || action === "seat.overage";

/** How many seats were claimed on a day, including overage, and how many sessions were denied one, by the audit. */
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

import { auditPartition } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";
import type { DayStats } from "./day-stats.ts";

const CLAIMS = new Set<unknown>(["seat.claimed", "seat.overage"]);

/** How many seats were claimed on a day, overages included, and how many sessions were refused one, by the audit. */
export const countSeatEvents = async (
  table: Table,
  day: string,
): Promise<Pick<DayStats, "seatsClaimed" | "denials">> => {
  const counts = { seatsClaimed: 0, denials: 0 };
  for (const { action } of await table.query({ partition: auditPartition(day) })) {
    if (CLAIMS.has(action)) counts.seatsClaimed += 1;
    if (action === "seat.denied") counts.denials += 1;
  }
  return counts;
};

import type { SeatHistoryDay } from "../contract/responses.ts";
import { countOrBlankCell, dayCell, textCell } from "./cells.ts";
import type { TableSheet } from "./table-sheet.ts";

/** The *Seats history* sheet: each closed day, the oldest first. What is not known is an empty cell. */
export const seatHistorySheet = (rows: readonly SeatHistoryDay[]): TableSheet<SeatHistoryDay> => ({
  name: "Seats history",
  rows,
  columns: [
    { heading: "Day (UTC)", cellOf: (day) => dayCell(day.date) },
    { heading: "Most seats held", cellOf: (day) => countOrBlankCell(day.held) },
    { heading: "Maximum", cellOf: maximumCell },
    { heading: "Overage", cellOf: (day) => countOrBlankCell(day.overage) },
    { heading: "Denials", cellOf: (day) => countOrBlankCell(day.denials) },
    { heading: "Active users", cellOf: (day) => countOrBlankCell(day.active_users) },
    { heading: "Idle for 7 days", cellOf: (day) => countOrBlankCell(day.idle_7_days) },
    { heading: "Idle for 14 days", cellOf: (day) => countOrBlankCell(day.idle_14_days) },
    { heading: "Idle for 30 days", cellOf: (day) => countOrBlankCell(day.idle_30_days) },
    { heading: "Rebuilt", cellOf: (day) => textCell(day.rebuilt ? "yes" : "") },
  ],
});

const maximumCell = ({ held, max_seats }: SeatHistoryDay) =>
  held !== null && max_seats === null ? textCell("unlimited") : countOrBlankCell(max_seats);

/** Whether any of these days has figures. */
export const hasSeatHistory = (days: readonly SeatHistoryDay[]): boolean => days.some(({ held }) => held !== null);

import type { DenialReport } from "../contract/responses.ts";
import { countCell, dateCell, dayCell } from "./cells.ts";
import { nameColumn, type TableSheet } from "./table-sheet.ts";

type Denial = DenialReport["entries"][number];

/** The *Denials* sheet: users who were refused because no seat was free, by day, the oldest first. */
export const denialsSheet = ({ entries }: DenialReport): TableSheet<Denial> => ({
  name: "Denials",
  rows: entries.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : b.denials - a.denials)),
  columns: [
    { heading: "Day (UTC)", cellOf: (denial) => dayCell(denial.day) },
    nameColumn("Kubernetes user", (denial) => denial.kubernetes_username),
    nameColumn("Client host name", (denial) => denial.client_hostname),
    nameColumn("Client user name", (denial) => denial.client_username),
    { heading: "Denials", cellOf: (denial) => countCell(denial.denials) },
    { heading: "First (UTC)", cellOf: (denial) => dateCell(denial.first_at) },
    { heading: "Last (UTC)", cellOf: (denial) => dateCell(denial.last_at) },
  ],
});

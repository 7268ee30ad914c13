import type { UsageReport } from "../contract/responses.ts";
import { countCell, countOrBlankCell, durationCell, durationOrBlankCell } from "./cells.ts";
import { nameColumn, type TableSheet } from "./table-sheet.ts";

type MachineSessions = UsageReport["machineSessions"][number];

/** The *Machine sessions* sheet: CI runs and previews by what ran them, the longest total time first. */
export const machineSheet = ({ machineSessions: rows }: UsageReport): TableSheet<MachineSessions> => ({
  name: "Machine sessions",
  rows,
  columns: [
    nameColumn("Kind", ({ kind }) => kind),
    nameColumn("Provider", ({ provider }) => provider),
    nameColumn("Pipeline", ({ pipeline }) => pipeline),
    nameColumn("Environment", ({ environment }) => environment),
    nameColumn("Trigger", ({ trigger }) => trigger),
    { heading: "Sessions", cellOf: (row) => countCell(row.totalSessionCount) },
    { heading: "Total session time", cellOf: (row) => durationCell(row.totalSessionTimeSeconds) },
    { heading: "Most at once", cellOf: (row) => countOrBlankCell(row.maxConcurrentSessions) },
    { heading: "Mean duration", cellOf: (row) => durationCell(row.averageSessionDurationSeconds) },
    { heading: "95 % at most", cellOf: (row) => durationOrBlankCell(row.p95SessionDurationSeconds) },
  ],
});

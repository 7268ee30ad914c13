import type { UsageReport } from "../contract/responses.ts";
import { countCell, durationCell } from "./cells.ts";
import { nameColumn, type TableSheet } from "./table-sheet.ts";

type Target = UsageReport["targetMetrics"][number];

/** The *Targets* sheet: the targets of people's sessions, the longest total time first. */
export const targetsSheet = ({ targetMetrics: rows }: UsageReport): TableSheet<Target> => ({
  name: "Targets",
  rows,
  columns: [
    nameColumn("Namespace", (target) => target.namespace),
    nameColumn("Kind", (target) => target.kind),
    nameColumn("Name", (target) => target.name),
    { heading: "Users", cellOf: (target) => countCell(target.uniqueUsers) },
    { heading: "Sessions", cellOf: (target) => countCell(target.totalSessionCount) },
    { heading: "Total session time", cellOf: (target) => durationCell(target.totalSessionTimeSeconds) },
  ],
});

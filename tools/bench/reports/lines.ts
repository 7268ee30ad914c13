import { tableLines } from "../benchmark.ts";
import type { Measured } from "./measure-reports.ts";
import { MAX_MEGABYTES } from "./measurement.ts";

export type Sized = { sessions: number; reports: readonly Measured[] };

const MIN_RATIO_TO_SCAN = 20;

/** The figures with the goals beside them. */
export const reportLines = (sized: readonly Sized[]): string[] => [
  ...tableLines(HEADING, sized.flatMap(rowsOf)),
  "",
  "ms: medians of fresh processes, from the call to the file's bytes; MB: the most memory of a whole process, and its heap,",
  `with the heap limits of a function of ${MAX_MEGABYTES} MB;`,
  "units: read capacity units. The scan reads every session; SQLite groups the same sessions, indexed by their end.",
  "All three came to the same report. The server's xlsx has a sheet of daily trends more than the other two's.",
  "",
  ...sized.flatMap(goalsOf),
  ...growthOf(sized),
];

const HEADING = [
  "sessions",
  "report",
  "ms",
  "scan ms",
  "SQLite ms",
  "MB",
  "heap",
  "scan MB",
  "SQLite MB",
  "units",
  "scan units",
];

const rowsOf = ({ sessions, reports }: Sized): string[][] =>
  reports.map(({ name, format, ways: { rollups, scan, sqlite } }) => [
    sessions.toLocaleString("en"),
    `${name}, ${format}`,
    rollups.ms.toFixed(0),
    scan?.ms.toFixed(0) ?? "",
    sqlite.ms.toFixed(0),
    megabytes(rollups.rssBytes),
    megabytes(rollups.heapBytes),
    scan === undefined ? "" : megabytes(scan.rssBytes),
    megabytes(sqlite.rssBytes),
    rollups.readUnits.toFixed(0),
    scan?.readUnits.toFixed(0) ?? "",
  ]);

const goalsOf = ({ sessions, reports }: Sized): string[] => {
  const months = reports.filter(({ name }) => name === "month");
  const most = Math.max(...reports.map(({ ways }) => ways.rollups.rssBytes)) / 1_048_576;
  return [
    `${sessions.toLocaleString("en")} sessions:`,
    ...months.map(({ format, ways: { rollups, scan, sqlite } }) => {
      const toScan = (scan?.ms ?? Number.NaN) / rollups.ms;
      const toUnits = (scan?.readUnits ?? Number.NaN) / rollups.readUnits;
      const toSqlite = sqlite.ms / rollups.ms;
      return [
        `  month, ${format}: ${toScan.toFixed(1)} times less time than the scan and ${toUnits.toFixed(1)} times less units`,
        `(goal: ${MIN_RATIO_TO_SCAN}; ${verdict(Math.min(toScan, toUnits) >= MIN_RATIO_TO_SCAN)}),`,
        `${toSqlite.toFixed(2)} times as fast as SQLite (goal: 1; ${verdict(toSqlite >= 1)})`,
      ].join(" ");
    }),
    `  memory: ${most.toFixed(0)} MB at most (goal: under ${MAX_MEGABYTES}; ${verdict(most < MAX_MEGABYTES)})`,
  ];
};

const growthOf = (sized: readonly Sized[]): string[] =>
  sized.slice(1).flatMap(({ sessions, reports }, place) => {
    const before = sized[place];
    if (before === undefined) return [];
    const units = reports.flatMap(({ name, format, ways }) => {
      const other = before.reports.find((one) => one.name === name && one.format === format);
      const ratio = ways.rollups.readUnits / (other?.ways.rollups.readUnits ?? Number.NaN);
      return format === "json" ? [`${name} x ${ratio.toFixed(1)}`] : [];
    });
    const more = (sessions / before.sessions).toFixed(0);
    return [`read units with ${more} times as many sessions (${sessions.toLocaleString("en")}): ${units.join(", ")}`];
  });

const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(0);
const verdict = (reached: boolean): string => (reached ? "reached" : "MISSED");

import type { Figure, Goal } from "./figure.ts";
import type { Sized } from "./reports/lines.ts";
import { MAX_MEGABYTES } from "./reports/measurement.ts";

/**
 * A month in a twentieth of the scan's time and units, and not slower than SQLite: from so many sessions on, since below them
 * almost every one has rollup rows of its own.
 */
const GOALS_FROM_SESSIONS = 100_000;
const MONTH_GOALS = { scan: { atMost: 1 / 20 }, sqlite: { atMost: 1 } };

/** Each report beside the scan, where there was one, and SQLite, in time and read units; and its memory. */
export const reportFigures = (sized: readonly Sized[]): Figure[] =>
  sized.flatMap(({ sessions, reports }) =>
    reports.flatMap(({ name, format, ways: { rollups, scan, sqlite } }) => {
      const goals: Partial<typeof MONTH_GOALS> = sessions >= GOALS_FROM_SESSIONS && name === "month" ? MONTH_GOALS : {};
      const shown = `${sessions.toLocaleString("en-US")} sessions, ${name}, ${format}`;
      const time = { what: `${shown}: time`, unit: " ms", ours: rollups.ms };
      const units = { what: `${shown}: read units`, unit: "", ours: rollups.readUnits };
      const memory = { what: `${shown}: memory`, unit: " MB", ours: megabytes(rollups.rssBytes) };
      return [
        beside(time, "SQLite", sqlite.ms, goals.sqlite),
        ...(scan === undefined
          ? []
          : [beside(time, SCAN, scan.ms, goals.scan), beside(units, SCAN, scan.readUnits, goals.scan)]),
        beside(memory, "limit", MAX_MEGABYTES, { atMost: 1 }),
      ];
    }),
  );

const SCAN = "scan of all sessions";

type Ours = { what: string; unit: string; ours: number };

const beside = ({ what, unit, ours }: Ours, baseline: string, theirs: number, goal?: Goal): Figure => ({
  what,
  value: quantity(ours, unit),
  baseline: `${baseline}: ${quantity(theirs, unit)}`,
  ratio: ours / theirs,
  ...(goal === undefined ? {} : { goal }),
});

const megabytes = (bytes: number): number => bytes / 1_048_576;

const quantity = (value: number, unit: string): string => `${Math.round(value).toLocaleString("en-US")}${unit}`;

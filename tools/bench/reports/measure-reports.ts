import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import { median } from "../benchmark.ts";
import { bundleMeasure, type Measurement, type MeasureTask, measure, type Way } from "./measurement.ts";
import type { World } from "./world.ts";

export type Measured = {
  name: string;
  format: "xlsx" | "json";
  ways: Record<Exclude<Way, "scan">, Measurement> & { scan: Measurement | undefined };
};

/** The last of them takes long, and varies little. */
const RUNS: Readonly<Record<Way, number>> = { rollups: 5, sqlite: 5, scan: 1 };
const WAYS = ["rollups", "sqlite", "scan"] as const;
/** A scan reads the same for every period, so that it is made for some. */
const SCANNED = ["month", "year"];

/** Measures the report of a month, of a month that begins and ends within a day, and of the year, in every way. */
export const measureReports = async (
  world: World,
  { databasePath, year, now }: { databasePath: string; year: { from: EpochMs; to: EpochMs }; now: EpochMs },
  print: (line: string) => void,
): Promise<Measured[]> => {
  const bundle = await bundleMeasure(world.folder);
  const measured: Measured[] = [];
  const { endpoint, tableName, licensePem } = world;
  for (const [name, period] of Object.entries(periodsOf(year)))
    for (const format of ["json", "xlsx"] as const) {
      const task = { ...period, format, now, endpoint, tableName, licensePem, databasePath };
      const ways: Partial<Record<Way, Measurement>> = {};
      for (const way of WAYS) {
        if (way === "scan" && !SCANNED.includes(name)) continue;
        const keepAt = join(world.folder, `${way}.${format}`);
        ways[way] = await medianOf(bundle, { ...task, way, keepAt });
        if (format === "json") expectSame(world.folder, way);
      }
      measured.push({ name, format, ways: ways as Measured["ways"] });
      print(`  measured: ${name}, ${format}`);
    }
  return measured;
};

const periodsOf = (year: { from: EpochMs; to: EpochMs }): Record<string, { from: EpochMs; to: EpochMs }> => {
  const lastMonth = new Date(year.to);
  lastMonth.setUTCMonth(lastMonth.getUTCMonth() - 1);
  const month = { from: lastMonth.getTime(), to: year.to };
  // A morning in one month to an evening in the next, to the second.
  const [morning, evening] = [9.5 * 3_600_000 + 1_000, 18.25 * 3_600_000 + 1_000];
  const before = new Date(month.from);
  before.setUTCDate(before.getUTCDate() - 15);
  const ragged = { from: before.getTime() + morning, to: before.getTime() + 30 * 86_400_000 + evening };
  return { month, "30 ragged days": ragged, year };
};

const medianOf = async (bundle: string, task: MeasureTask): Promise<Measurement> => {
  const runs: Measurement[] = [];
  for (let run = 0; run < RUNS[task.way]; run += 1) runs.push(await measure(bundle, task));
  const of = (pick: (run: Measurement) => number): number => median(runs.map(pick));
  return {
    ms: of(({ ms }) => ms),
    readUnits: of(({ readUnits }) => readUnits),
    // The most of all: it is held against a limit.
    heapBytes: Math.max(...runs.map(({ heapBytes }) => heapBytes)),
    rssBytes: Math.max(...runs.map(({ rssBytes }) => rssBytes)),
    bytes: of(({ bytes }) => bytes),
  };
};

/** That two ways come to the same report, in everything that follows from ended sessions. */
const expectSame = (folder: string, way: Way): void => {
  const [ours, theirs] = ["rollups", way].map((name) =>
    comparable(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as UsageReport),
  );
  if (!isDeepStrictEqual(ours, theirs)) throw new Error(`the report differs from that of ${way}`);
};

const comparable = ({ generalMetrics, ciMetrics, machineSessions: _, ...report }: UsageReport) => {
  const { activeUsers, reportPeriod } = generalMetrics;
  const { totalCiSessions, avgCiSessionDurationSeconds } = ciMetrics;
  return { ...report, activeUsers, reportPeriod, totalCiSessions, avgCiSessionDurationSeconds };
};

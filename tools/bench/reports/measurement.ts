import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { BUNDLING } from "../../../shared/contract/bundling.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";

/** How a report comes about: as the server makes it, from a scan of all sessions, or from SQLite. */
export type Way = "rollups" | "scan" | "sqlite";

export type MeasureTask = {
  way: Way;
  format: "xlsx" | "json";
  from: EpochMs;
  to: EpochMs;
  now: EpochMs;
  endpoint: string;
  tableName: string;
  databasePath: string;
  licensePem: string;
  /** The file the report is kept in. */
  keepAt?: string;
};

export type Measurement = { ms: number; readUnits: number; heapBytes: number; rssBytes: number; bytes: number };

/** Bundles what measures just as the functions are bundled; answers its file. */
export const bundleMeasure = async (intoDir: string): Promise<string> => {
  const outfile = join(intoDir, "measure.cjs");
  const entry = join(import.meta.dirname, "measure.ts");
  await build({ ...BUNDLING, entryPoints: [entry], bundle: true, outfile, logLevel: "silent" });
  return outfile;
};

/** The memory that a report is to get by with. */
export const MAX_MEGABYTES = 256;

/**
 * V8 takes what it is given: without limits a process on a large machine keeps garbage that one in a small function
 * would not. These are the shares of a function's memory that the start scripts of Lambda's Node images set.
 */
const HEAP_LIMITS = [
  `--max-semi-space-size=${Math.floor(MAX_MEGABYTES / 20)}`,
  `--max-old-space-size=${Math.ceil(MAX_MEGABYTES * 0.9)}`,
];

/** Measures in a process of its own, so that its memory is the report's alone. */
export const measure = async (bundle: string, task: MeasureTask): Promise<Measurement> => {
  const taskPath = `${bundle}.task.json`;
  await writeFile(taskPath, JSON.stringify(task), { mode: 0o600 });
  // SQLite's warning and that of a library of exceljs say nothing about the report.
  const quiet = ["--disable-warning=ExperimentalWarning", "--disable-warning=DEP0005"];
  const child = spawn(process.execPath, [...quiet, ...HEAP_LIMITS, bundle, taskPath], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (code !== 0) throw new Error(`measuring ${task.way} ended with ${code}`);
  return JSON.parse(output) as Measurement;
};

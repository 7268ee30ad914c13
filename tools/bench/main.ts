import { availableParallelism, loadavg } from "node:os";
import { agent } from "./agent.ts";
import type { Benchmark } from "./benchmark.ts";
import { calibrate } from "./calibrate.ts";
import { coldStart } from "./cold-start.ts";
import { type Chosen, helpText, readCommandLine } from "./command-line.ts";
import { cost } from "./cost.ts";
import { outage } from "./outage.ts";
import { overhead } from "./overhead.ts";
import { reports } from "./reports.ts";
import { seatModes } from "./seat-modes.ts";
import { type Found, summaryLines } from "./summary.ts";
import { throughput } from "./throughput.ts";

const BENCHMARKS: readonly Benchmark[] = [
  calibrate,
  coldStart,
  overhead,
  throughput,
  seatModes,
  outage,
  reports,
  cost,
  agent,
];

const USAGE_ERROR = 2;

const print = (line: string) => void process.stdout.write(`${line}\n`);

const main = async (args: readonly string[]): Promise<number> => {
  const read = readCommandLine(args, BENCHMARKS);
  if (read.kind === "help") {
    process.stdout.write(helpText(BENCHMARKS));
    return 0;
  }
  if (read.kind === "bad") {
    process.stderr.write(`${read.faults.map((fault) => `bench: ${fault}`).join("\n")}\n${helpText(BENCHMARKS)}`);
    return USAGE_ERROR;
  }
  const machine = machineLine();
  const found = await runAll(read.chosen);
  for (const line of ["# summary", "", ...summaryLines(found), "", machine]) print(line);
  return found.length === read.chosen.length ? 0 : 1;
};

// What one benchmark fails at does not cost the others their figures.
const runAll = async (chosen: readonly Chosen[]): Promise<Found[]> => {
  const found: Found[] = [];
  for (const { benchmark, options } of chosen) {
    print(`# ${benchmark.name}: ${benchmark.about}\n`);
    try {
      found.push({ name: benchmark.name, figures: await benchmark.run(print, options) });
    } catch (error) {
      console.error(`bench: ${benchmark.name} failed:`, error);
    }
    print("");
  }
  return found;
};

const machineLine = (): string => {
  const month = new Date().toISOString().slice(0, 7);
  const [load = 0] = loadavg();
  return `${month}, Node ${process.versions.node}, ${process.arch}, ${availableParallelism()} cores, load before ${load.toFixed(1)}. Absolute times are this machine's.`;
};

process.exitCode = await main(process.argv.slice(2));

import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { systemClock } from "../../agent/wire/clock.ts";
import { HELP, readArguments } from "./args.ts";
import { createProgress } from "./result/progress.ts";
import { formatResult } from "./result/table.ts";
import { isClean, simulate } from "./run.ts";

const newSeed = (): string => randomBytes(4).toString("hex");

const main = async (args: readonly string[]): Promise<number> => {
  // Kubernetes' client is large, so it is loaded only where it is used.
  if (args.some((arg) => arg === "--cluster" || arg.startsWith("--cluster="))) {
    return (await import("./cluster/main.ts")).simulateClusters(args, newSeed);
  }
  const read = readArguments(args, process.env, newSeed);
  if (read.kind === "help") {
    process.stdout.write(HELP);
    return 0;
  }
  if (read.kind === "bad") {
    process.stderr.write(`${read.faults.join("\n")}\nSee --help.\n`);
    return 2;
  }
  const stop = new AbortController();
  // The first interrupt ends and delivers what runs; a second one finds Node's own handling again.
  process.once("SIGINT", () => stop.abort());
  const progress = createProgress(process.stderr, systemClock);
  const { signal } = stop;
  const result = await simulate(read.simulation, { fetch, clock: systemClock, signal, progress: progress.report });
  progress.done();
  process.stdout.write(`${formatResult(result)}\n`);
  if (read.truthFile !== undefined) await writeFile(read.truthFile, `${JSON.stringify(result, null, 2)}\n`);
  return isClean(result) ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));

import { writeFile } from "node:fs/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { systemClock } from "../../../agent/wire/clock.ts";
import { createApiClient } from "../../cluster/api-client.ts";
import { createProgress } from "../result/progress.ts";
import { CLUSTER_HELP, readClusterArguments } from "./args.ts";
import { truthDocument } from "./record.ts";
import { createStandIn, planSimulation } from "./run.ts";

const BAD_ARGUMENTS = 2;

/** Runs the stand-in from the command line, and returns the exit status. */
export const simulateClusters = async (args: readonly string[], newSeed: () => string): Promise<number> => {
  const read = readClusterArguments(args, newSeed);
  if (read.kind === "help") {
    process.stdout.write(CLUSTER_HELP);
    return 0;
  }
  if (read.kind === "bad") {
    process.stderr.write(`${read.faults.join("\n")}\nSee --help.\n`);
    return BAD_ARGUMENTS;
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const progress = createProgress(process.stderr, systemClock);
  const apis = await Promise.all(read.kubeconfigs.map(async (path) => createApiClient(loadKubeconfig(path))));
  const plans = planSimulation(read.simulation, apis.length);
  const standIn = await createStandIn(apis, plans, read.simulation, { clock: systemClock, progress: progress.report });
  progress.report(`seed ${read.simulation.seed}`);
  await standIn.play(stop.signal);
  await standIn.close();
  for (const api of apis) api.close();
  progress.done();
  const text = `${JSON.stringify({ seed: read.simulation.seed, ...truthDocument(standIn.truth()) }, null, 2)}\n`;
  if (read.truthFile === undefined) process.stdout.write(text);
  else await writeFile(read.truthFile, text);
  return 0;
};

const loadKubeconfig = (path: string): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromFile(path);
  return config;
};

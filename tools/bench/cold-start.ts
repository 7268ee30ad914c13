import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { HOT_FUNCTIONS, type HotFunction, MAX_HOT_BUNDLE_BYTES } from "../../shared/contract/bundling.ts";
import { FUNCTIONS, type FunctionName } from "../../shared/contract/functions.ts";
import { type Bundles, bundleHandlers } from "../local/bundle.ts";
import { type Benchmark, median, tableLines } from "./benchmark.ts";
import { hotCall } from "./cold-start/calls.ts";
import { type ColdStart, type Start, coldStart as startCold } from "./cold-start/process.ts";
import { createWorld, type World } from "./cold-start/world.ts";
import { bundleYardsticks, type Yardsticks } from "./cold-start/yardsticks.ts";

const ROUNDS = 40;
/** A hot function may take this many times as long as a client of DynamoDB that does nothing else. */
const MAX_RATIO = 1.4;

/** What a cold start costs beside the SDK's own share of it, and how large the bundles are. */
export const coldStart: Benchmark = {
  name: "cold-start",
  about: "cold starts of the hot functions against the bare DynamoDB client's, and the sizes of all bundles",
  async run(print) {
    const world = await createWorld(Date.now());
    try {
      const bundles = await bundleHandlers(join(world.folder, "bundles"));
      for (const line of sizeLines(bundles)) print(line);
      print("");
      const yardsticksDir = join(world.folder, "yardsticks");
      mkdirSync(yardsticksDir);
      const measured = await measure(starts(world, bundles, await bundleYardsticks(yardsticksDir)));
      for (const line of timeLines(measured)) print(line);
    } finally {
      await world.close();
    }
  },
};

/** One way of starting cold; `start` is asked anew each time, since no two calls may be the same. */
type Variant = { label: string; start: (count: number) => Start };

const CLIENT = "bare DynamoDBClient";
const CALLER = "bare DynamoDBClient, one UpdateItem";

const starts = (world: World, bundles: Bundles, yardsticks: Yardsticks): Variant[] => {
  const hot = (name: HotFunction, source: string, env: Start["env"]): Variant => ({
    label: `${name}, secrets from ${source}`,
    start: (count) => ({
      bundle: bundles[name].file,
      env,
      event: hotCall(name, world.licenseKey, count, Date.now()),
    }),
  });
  const yardstick = (label: string, bundle: string): Variant => ({
    label,
    start: (count) => ({
      bundle,
      env: world.withFiles,
      event: hotCall("license", world.licenseKey, count, Date.now()),
    }),
  });
  return [
    yardstick("empty handler", yardsticks.empty),
    yardstick(CLIENT, yardsticks.client),
    yardstick(CALLER, yardsticks.caller),
    ...HOT_FUNCTIONS.map((name) => hot(name, "files", world.withFiles)),
    ...HOT_FUNCTIONS.map((name) => hot(name, "Secrets Manager", world.withSecretsManager)),
  ];
};

// In turns, so that what else the machine does falls on all alike. The first round only warms the file cache and table.
const measure = async (variants: readonly Variant[]): Promise<Map<string, ColdStart[]>> => {
  const measured = new Map<string, ColdStart[]>(variants.map(({ label }) => [label, []]));
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [place, { label, start }] of variants.entries()) {
      const took = await startCold(start(round * variants.length + place));
      if (round > 0) measured.get(label)?.push(took);
    }
  return measured;
};

const timeLines = (measured: ReadonlyMap<string, readonly ColdStart[]>): string[] => {
  const of = (label: string) => medians(measured.get(label) ?? []);
  const [client, caller] = [of(CLIENT), of(CALLER)];
  const heading = ["", "load ms", "call ms", "CPU ms", "load/client", "all/client", "all/caller", "CPU/caller"];
  const rows = [...measured.keys()].map((label) => {
    const { loadMs, callMs, cpuMs, allMs } = of(label);
    const times = [loadMs, callMs, cpuMs].map((time) => time.toFixed(1));
    const ratios = [loadMs / client.loadMs, allMs / client.allMs, allMs / caller.allMs, cpuMs / caller.cpuMs];
    return [label, ...times, ...ratios.map((ratio) => ratio.toFixed(2))];
  });
  return [
    ...tableLines(heading, rows),
    "",
    `Medians of ${ROUNDS} fresh processes each, started in turns; Node's own boot is left out.`,
    `client: "${CLIENT}"; caller: "${CALLER}"; all: load and first call.`,
    `Goal for the hot functions: load/client and all/caller at most ${MAX_RATIO}.`,
  ];
};

const medians = (runs: readonly ColdStart[]) => ({
  loadMs: median(runs.map(({ loadMs }) => loadMs)),
  callMs: median(runs.map(({ callMs }) => callMs)),
  cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
  allMs: median(runs.map(({ loadMs, callMs }) => loadMs + callMs)),
});

const sizeLines = (bundles: Bundles): string[] => {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  const isHot = (name: FunctionName) => HOT_FUNCTIONS.some((hot) => hot === name);
  const rows = names.map((name) => [
    name,
    kilobytes(bundles[name].bytes),
    isHot(name) ? kilobytes(MAX_HOT_BUNDLE_BYTES) : "",
  ]);
  return tableLines(["bundle", "KB", "at most"], rows);
};

const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(0);

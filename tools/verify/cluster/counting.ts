import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../../agent/wire/clock.ts";
import type { UsageReport } from "../../../shared/contract/responses.ts";
import { createStandIn, type StandIn } from "../../simulate/cluster/run.ts";
import { STOCK_WAITS } from "../../simulate/cluster/stage.ts";
import { createRandom } from "../../simulate/random.ts";
import { createClusters } from "../../simulate/team/clusters.ts";
import { applyCatalog } from "./catalog.ts";
import { killAtRandom, type Victim } from "./chaos.ts";
import { type Check, type Size, untilEmpty } from "./check.ts";
import { differences, durationErrors } from "./compare.ts";
import { checkKills } from "./kills.ts";
import { checkLive, readLive } from "./live.ts";
import { planCheck } from "./plans.ts";
import { checkCalls } from "./rights.ts";
import { startWorld, type World } from "./world.ts";

const CLUSTERS = 2;
const SETTLE_SECONDS = 90;
// The first sessions run, nothing is killed yet.
const CALM_SECONDS = 15;
const API_SERVER = "API server of";

/** A week's number of sessions while everything is killed in turn: afterwards the report equals the truth. */
export const checkCounting = async (check: Check, folder: string): Promise<void> => {
  const { size, seed, say } = check;
  const world = await startWorld(
    {
      programs: check.programs,
      folder,
      clusters: createClusters(CLUSTERS).map(({ name }) => name),
      terms: { type: "enterprise", max_seats: 10 * size.users, subscription_id: "cluster-check" },
      beatSeconds: size.beatSeconds,
      values: { killPreviews: true, applyCatalog: true, license: { secretName: "mirrord-license" } },
    },
    say,
  );
  const interrupted = new AbortController();
  try {
    const simulation = simulationOf(size, seed);
    const apis = world.clusters.map(({ admin }) => admin);
    const standIn = await createStandIn(apis, planCheck(simulation, CLUSTERS), simulation, {
      clock: systemClock,
      progress: say,
    });
    await Promise.all(world.agents.map(({ daemon }) => daemon.start()));
    say("the agents run; the sessions begin");
    const began = performance.now();
    const play = standIn.play(interrupted.signal);
    try {
      await delay(CALM_SECONDS * 1_000);
      await checkKills(check, world, standIn);
      await checkLive(check, world, standIn);
      const catalog = await applyCatalog(check, world);
      const outageSeconds = await haunt(check, world, began);
      await settle(check, world, standIn, outageSeconds);
      await catalog.remove(standIn);
      for (const { cluster, values } of world.agents) checkCalls(check, cluster, values);
    } finally {
      interrupted.abort();
      await play;
      await standIn.close();
    }
  } finally {
    await world.stop();
  }
};

const simulationOf = (size: Size, seed: string) => ({
  ...size,
  seed,
  generation: "current" as const,
  waits: {
    ...STOCK_WAITS,
    unusedMs: size.unusedSeconds * 1_000,
    keepMs: size.keepSeconds * 1_000,
    // Shorter than an operator's 180 s, so that such a session is over within the check.
    setupMs: size.unusedSeconds * 1_000,
  },
});

/**
 * Kills until the last session of the plan is closed. Then everything runs. Returns for how many seconds an API server was away at
 * the longest.
 */
const haunt = async (
  { size, seed, say }: Check,
  { agents, clusters, server }: World,
  began: number,
): Promise<number> => {
  const victims: Victim[] = [
    ...agents.map(({ daemon }, index) => ({ name: `agent ${index + 1}`, daemon, longestAwaySeconds: 20 })),
    ...clusters.map(({ name, apiServer }) => ({
      name: `${API_SERVER} ${name}`,
      daemon: apiServer,
      longestAwaySeconds: 8,
    })),
    { name: "license server", daemon: server, longestAwaySeconds: 15 },
  ];
  const enough = new AbortController();
  const endsAt = (size.durationSeconds + size.unusedSeconds) * 1_000;
  const timer = setTimeout(() => enough.abort(), Math.max(0, endsAt - (performance.now() - began)));
  const kills = await killAtRandom(victims, {
    random: createRandom(`${seed}/kills`),
    everySeconds: size.killEverySeconds,
    signal: enough.signal,
    onKill: ({ name, signal, awaySeconds }) => say(`${signal} to the ${name}, away for ${awaySeconds} s`),
  });
  clearTimeout(timer);
  say(`${kills.length} kills`);
  return Math.max(0, ...kills.filter(({ name }) => name.startsWith(API_SERVER)).map(({ awaySeconds }) => awaySeconds));
};

const settle = async (check: Check, world: World, standIn: StandIn, outageSeconds: number): Promise<void> => {
  const began = performance.now();
  const left = await untilEmpty(async () => compareAll(world, standIn, outageSeconds), SETTLE_SECONDS);
  for (const line of left) check.fault(line);
  const truth = standIn.truth();
  const report = await readReport(world);
  const kinds = ["user", "ci", "preview"].map(
    (kind) => `${truth.filter((session) => session.kind === kind).length} ${kind}`,
  );
  check.say(
    `${truth.length} sessions (${kinds.join(", ")}): ${left.length} differences after ${Math.round((performance.now() - began) / 1_000)} s, ` +
      `durations differ by ${shown(durationErrors(truth, report))}`,
  );
};

const shown = (errors: readonly number[]): string => {
  const mean = errors.reduce((sum, error) => sum + error, 0) / Math.max(1, errors.length);
  return `${Math.min(...errors).toFixed(1)} to ${Math.max(...errors).toFixed(1)} s, mean ${mean.toFixed(1)} s (of ${errors.length} sessions)`;
};

const compareAll = async (world: World, standIn: StandIn, outageSeconds: number): Promise<string[]> => {
  const open = standIn.clusters.reduce((sum, cluster) => sum + cluster.open.size, 0);
  if (open > 0) return [`${open} sessions are still open in the clusters`];
  const live = await readLive(world);
  if (live.length > 0)
    return [
      `${live.length} sessions are live on the server and in no cluster: ${live
        .slice(0, 5)
        .map(({ id }) => id)
        .join(" ")}`,
    ];
  return differences(standIn.truth(), await readReport(world), outageSeconds);
};

const readReport = async ({ ask }: World): Promise<UsageReport> =>
  (await ask("GET", "/api/v1/reports/usage?format=json&primary_key=machine_id")) as UsageReport;

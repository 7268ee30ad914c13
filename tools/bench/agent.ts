import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../agent/wire/clock.ts";
import { SECOND_MS } from "../../shared/contract/time.ts";
import { type ClusterPlan, plainSession } from "../simulate/cluster/plan.ts";
import { createStandIn, type StandIn } from "../simulate/cluster/run.ts";
import { STOCK_WAITS } from "../simulate/cluster/stage.ts";
import { workload } from "../simulate/cluster/targets.ts";
import { createTeam, type Team } from "../simulate/team.ts";
import { startWorld, type World } from "../verify/cluster/world.ts";
import { readUsage } from "./agent/usage.ts";
import { type Benchmark, median } from "./benchmark.ts";

const TERMS = { type: "enterprise", max_seats: null, subscription_id: "bench" };
const PROBES = 20;
const RAMP_SECONDS = 30;
const PER_PERSON = 3;
const LOOK_MS = 50;
// Longer than a long run: the last new session begins at its end.
const PROBE_TIMEOUT_MS = 20 * 60_000;
const CPU_GOAL_PERCENT = 2;
const MEMORY_GOAL_MIB = 100;
const DELAY_GOAL_SECONDS = 2;

/** What the cluster agent needs at work, as a process of its own beside a real Kubernetes API server. */
export const agent: Benchmark = {
  name: "agent",
  about: "the cluster agent with live sessions that report activity every three seconds: memory, processor, delay",
  options: { sessions: 1_000, seconds: 60 },
  amongAll: { sessions: 300, seconds: 20 },
  async run(print, { sessions = 0, seconds = 0 }) {
    const programs = execFileSync(join(import.meta.dirname, "../../.ci/cluster-tools.sh"), { encoding: "utf8" }).trim();
    const folder = mkdtempSync(join(tmpdir(), "bench-agent-"));
    const team = createTeam("bench", { users: Math.ceil(sessions / PER_PERSON) + PROBES, operators: 1, runners: 0 });
    const world = await startWorld(
      { programs, folder, clusters: [team.clusters[0]?.name ?? ""], terms: TERMS, beatSeconds: 60, inPod: true },
      () => {},
    );
    const interrupted = new AbortController();
    try {
      const plans = planBench(team, sessions, seconds);
      const behavior = {
        seed: "bench",
        durationSeconds: RAMP_SECONDS + seconds,
        restarts: 0,
        generation: "current" as const,
        waits: { ...STOCK_WAITS, keepMs: 0 },
      };
      const apis = world.clusters.map(({ admin }) => admin);
      const standIn = await createStandIn(apis, plans, behavior, { clock: systemClock, progress: () => {} });
      await world.agents[0]?.daemon.start();
      const play = standIn.play(interrupted.signal);
      try {
        return await measure(print, world, standIn, { sessions, seconds });
      } finally {
        interrupted.abort();
        await play;
        await standIn.close();
      }
    } finally {
      await world.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const measure = async (
  print: (line: string) => void,
  world: World,
  standIn: StandIn,
  { sessions, seconds }: { sessions: number; seconds: number },
) => {
  const pid = world.agents[0]?.daemon.pid;
  if (pid === undefined) throw new Error("the agent does not run");
  // Until all sessions are there, and the work of their starts is done.
  while ((standIn.clusters[0]?.open.size ?? 0) < sessions) await delay(LOOK_MS);
  await delay(5 * SECOND_MS);
  const [before, began] = [readUsage(pid), performance.now()];
  const delays = measureDelays(world, standIn);
  await delay(seconds * SECOND_MS);
  const [after, took] = [readUsage(pid), (performance.now() - began) / SECOND_MS];
  const cpuPercent = (100 * (after.cpuSeconds - before.cpuSeconds)) / took;
  const delaySeconds = median(await delays);
  const writes = standIn.clusters[0]?.open.size ?? 0;
  print(`  ${writes} live sessions for ${took.toFixed(0)} s, ${PROBES} new ones meanwhile:`);
  print(`  memory at most ${after.maxMemoryMib.toFixed(0)} MiB, processor ${cpuPercent.toFixed(2)} % of a core`);
  print(`  from an object to the server's live list ${delaySeconds.toFixed(2)} s (median)`);
  const figure = (what: string, value: number, goal: number, unit: string, digits: number) => ({
    what,
    value: `${value.toFixed(digits)} ${unit}`,
    baseline: `${goal} ${unit}`,
    ratio: value / goal,
    goal: { atMost: 1 },
  });
  return [
    figure("memory of the agent", after.maxMemoryMib, MEMORY_GOAL_MIB, "MiB", 0),
    figure("processor of the agent", cpuPercent, CPU_GOAL_PERCENT, "% of a core", 2),
    figure("object to record, median", delaySeconds, DELAY_GOAL_SECONDS, "s", 2),
  ];
};

/** The sessions that stay, and the ones that begin while it is measured, each of another person. */
const planBench = (team: Team, sessions: number, seconds: number): ClusterPlan[] => {
  const targets = team.clusters[0]?.targets ?? [];
  const plan = (person: number, index: number, startsAt: number): ClusterPlan => {
    const target = targets[index % targets.length];
    if (target === undefined) throw new RangeError("the cluster has no targets");
    const where = { cluster: 0, namespace: target.namespace, target: workload(target) };
    const lengthMs = 10 * (RAMP_SECONDS + seconds) * SECOND_MS;
    return plainSession(team.members[person]?.machines[0], where, { startsAt, lengthMs });
  };
  const staying = Array.from({ length: sessions }, (_, index) =>
    plan(PROBES + Math.floor(index / PER_PERSON), index, (index / sessions) * RAMP_SECONDS * SECOND_MS),
  );
  const from = RAMP_SECONDS + 8;
  const probes = Array.from({ length: PROBES }, (_, index) => ({
    ...plan(index, index, (from + (index / PROBES) * Math.max(1, seconds - 8)) * SECOND_MS),
    key: `probe-${index}`,
  }));
  return [...staying, ...probes];
};

/** For each new session, the seconds from its object to its place in the server's live list. */
const measureDelays = (world: World, standIn: StandIn): Promise<number[]> =>
  Promise.all(
    Array.from({ length: PROBES }, async (_, index) => {
      const created = await until(() => standIn.truth().find(({ key }) => key === `probe-${index}`));
      const began = performance.now();
      const user = encodeURIComponent(created.owner?.username ?? "");
      await until(async () => {
        const page = (await world.ask("GET", `/api/v1/sessions?user=${user}`)) as { sessions: unknown[] };
        return page.sessions[0];
      });
      return (performance.now() - began) / SECOND_MS;
    }),
  );

const until = async <T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> => {
  const deadline = performance.now() + PROBE_TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error("a new session is not listed");
    await delay(LOOK_MS);
  }
};

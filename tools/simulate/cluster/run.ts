import { createHash } from "node:crypto";
import type { Clock } from "../../../agent/wire/clock.ts";
import { type EpochMs, SECOND_MS } from "../../../shared/contract/time.ts";
import type { ApiClient } from "../../cluster/api-client.ts";
import { installDefinition, readDefinitions } from "../../cluster/definitions.ts";
import { createRandom } from "../random.ts";
import { createClusters } from "../team/clusters.ts";
import { createTeam } from "../team.ts";
import { playMultiCluster } from "./life/multi-cluster.ts";
import { playPreview } from "./life/preview.ts";
import { playSession } from "./life/session.ts";
import type { OperatorGeneration } from "./operator-api/answer.ts";
import { registerOperatorApi } from "./operator-api/registration.ts";
import { type OperatorApi, serveOperatorApi } from "./operator-api/server.ts";
import { type ClusterPlan, planSessions } from "./plan.ts";
import { createTruthLog, type SessionTruth } from "./record.ts";
import type { OperatorCluster, OperatorWaits, Stage } from "./stage.ts";

export type ClusterSimulation = OperatorBehavior & {
  users: number;
  ciRunners: number;
  sessions: number;
  minLengthSeconds: number;
  maxLengthSeconds: number;
};

export type OperatorBehavior = {
  seed: string;
  /** In which time all sessions begin and end, apart from the operator's waits. */
  durationSeconds: number;
  /** How often each operator restarts during the play, on average. Its sessions then end as `StateLost`. */
  restarts: number;
  generation: OperatorGeneration;
  waits: OperatorWaits;
};

/** Stand-ins that are ready: their definitions are installed and their APIs registered. */
export type StandIn = {
  readonly clusters: readonly OperatorCluster[];
  readonly apis: readonly OperatorApi[];
  /** Everything that has happened so far. */
  truth(): readonly SessionTruth[];
  /**
   * Plays all sessions. Resolves when each of them is closed and its object is gone. When the signal aborts, open sessions are
   * closed as `StateLost` and no new ones begin.
   */
  play(signal: AbortSignal): Promise<void>;
  /** Restarts the operator of a cluster: its sessions end as `StateLost`, its previews continue. */
  restart(cluster: OperatorCluster): void;
  close(): Promise<void>;
};

export type StandInWorld = { clock: Clock; progress: (line: string) => void };

/** A team's sessions over so many clusters. */
export const planSimulation = (simulation: ClusterSimulation, clusters: number): ClusterPlan[] => {
  const { seed, users, ciRunners, sessions, durationSeconds, minLengthSeconds, maxLengthSeconds } = simulation;
  const size = {
    sessions,
    durationMs: durationSeconds * SECOND_MS,
    minLengthMs: minLengthSeconds * SECOND_MS,
    maxLengthMs: maxLengthSeconds * SECOND_MS,
  };
  return planSessions(
    createTeam(seed, { users, operators: clusters, runners: ciRunners }),
    size,
    createRandom(`${seed}/sessions`),
  );
};

/** Prepares the clusters. The first is the primary of multi-cluster sessions. */
export const createStandIn = async (
  apis: readonly ApiClient[],
  plans: readonly ClusterPlan[],
  behavior: OperatorBehavior,
  { clock, progress }: StandInWorld,
): Promise<StandIn> => {
  const clusters = createClusters(apis.length).map(
    ({ name }, index): OperatorCluster => ({ name, api: apis[index] as ApiClient, open: new Map() }),
  );
  const truth = createTruthLog();
  const run = `${behavior.seed}/${clock.now()}`;
  const stage: Stage = {
    clusters,
    waits: behavior.waits,
    clock,
    random: createRandom(`${run}/lives`),
    truth,
    sessionId: createSessionIds(run),
  };
  const operatorApis: OperatorApi[] = [];
  for (const cluster of clusters) {
    for (const definition of readDefinitions()) await installDefinition(cluster.api, definition);
    await createNamespaces(cluster.api, new Set(plans.map(({ namespace }) => namespace)));
    const served = await serveOperatorApi(cluster, { generation: behavior.generation, now: clock.now });
    operatorApis.push(served);
    await registerOperatorApi(cluster.api, served.port);
  }
  const restart = (cluster: OperatorCluster): void => {
    for (const { truth: session, signal } of cluster.open.values()) {
      if (session.kind !== "preview") signal.close(STATE_LOST);
    }
  };
  return {
    clusters,
    apis: operatorApis,
    truth: truth.sessions,
    restart,
    play: (signal) => playAll(stage, plans, behavior, restart, { run, signal, progress }),
    close: async () => {
      await Promise.all(operatorApis.map((served) => served.close()));
    },
  };
};

const STATE_LOST = { reason: "StateLost", message: "The operator instance that created the session is gone." };

const playAll = async (
  stage: Stage,
  plans: readonly ClusterPlan[],
  behavior: OperatorBehavior,
  restart: (cluster: OperatorCluster) => void,
  { run, signal, progress }: { run: string; signal: AbortSignal; progress: (line: string) => void },
): Promise<void> => {
  const { clock, clusters } = stage;
  const begin = clock.now();
  const random = createRandom(`${run}/restarts`);
  const restarts = clusters
    .flatMap((cluster) =>
      Array.from({ length: behavior.restarts }, () => ({ cluster, at: momentOf(random.next(), behavior) })),
    )
    .sort((a, b) => a.at - b.at);
  const closeAll = (): void => {
    for (const { open } of clusters) for (const session of open.values()) session.signal.close(STATE_LOST);
  };
  signal.addEventListener("abort", closeAll, { once: true });
  const until = (at: number): Promise<void> => clock.sleep(Math.max(0, begin + at - clock.now()), signal);
  const restartAll = async (): Promise<void> => {
    for (const { cluster, at } of restarts) {
      await until(at);
      if (signal.aborted) return;
      progress(`the operator of ${cluster.name} restarts`);
      restart(cluster);
    }
  };
  const lives: Promise<void>[] = [];
  const restarting = restartAll();
  for (const [index, plan] of plans.entries()) {
    await until(plan.startsAt);
    if (signal.aborted) break;
    lives.push(playOne(stage, plan));
    if (index % PROGRESS_EVERY === 0) progress(progressLine(clusters, index, begin, clock.now()));
  }
  await Promise.all([restarting, ...lives]);
};

// In the second half, but not at the end, when few sessions run.
const momentOf = (share: number, { durationSeconds }: OperatorBehavior): number =>
  (0.5 + share * 0.4) * durationSeconds * SECOND_MS;

const PROGRESS_EVERY = 20;
const progressLine = (clusters: readonly OperatorCluster[], begun: number, begin: EpochMs, now: EpochMs): string =>
  `${Math.round((now - begin) / SECOND_MS)} s: ${begun} sessions begun, ${clusters.reduce((sum, { open }) => sum + open.size, 0)} open`;

const playOne = (stage: Stage, plan: ClusterPlan): Promise<void> => {
  if (plan.kind === "preview") return playPreview(stage, plan);
  return plan.kind === "multi-cluster" ? playMultiCluster(stage, plan) : playSession(stage, plan);
};

const createSessionIds = (run: string): (() => string) => {
  let count = 0;
  return () => {
    count += 1;
    return createHash("sha256").update(`${run}/${count}`).digest("hex").slice(0, 16);
  };
};

const CONFLICT = 409;

const createNamespaces = async (api: ApiClient, names: ReadonlySet<string>): Promise<void> => {
  for (const name of names) {
    const { status } = await api.call("POST", "/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name },
    });
    if (status >= 300 && status !== CONFLICT) throw new Error(`the namespace ${name} cannot be created: ${status}`);
  }
};

import type { Clock } from "../../agent/wire/clock.ts";
import { createLeaseVerifier } from "../../agent/wire/lease.ts";
import { plainDelivery } from "../../agent/wire/outbox.ts";
import { formatTime, SECOND_MS } from "../../shared/contract/time.ts";
import { createChaos, losingAnswers } from "./chaos.ts";
import { createClient } from "./client.ts";
import type { FlushOutcome } from "./flush.ts";
import { playLive } from "./live.ts";
import type { Operator, OperatorObserver } from "./operator/types.ts";
import { createOperator } from "./operator.ts";
import { playPast } from "./past.ts";
import { createRandom } from "./random.ts";
import { type CallStatistics, createCallStatistics, type RouteCalls } from "./result/calls.ts";
import { differences } from "./result/compare.ts";
import { createIds, type Stage } from "./stage.ts";
import { createTeam } from "./team.ts";
import { createTruth, type Truth } from "./truth.ts";
import { createUnanswered, type Unanswered } from "./unanswered.ts";

export type Simulation = {
  url: string;
  licenseKey: string;
  seed: string;
  users: number;
  operators: number;
  ciRunners: number;
  /** Past days, then the seconds of a live play; either may be 0. */
  days: number;
  liveSeconds: number;
  speed: number;
  /** Undefined: the interval of the lease. */
  beatSeconds: number | undefined;
  endCalls: number;
  chaos: number;
  maxBatch: number;
  credential: "key" | "lease";
  selfCheck: "none" | "empty" | "baseline";
};

export type World = { fetch: typeof fetch; clock: Clock; signal: AbortSignal; progress: (line: string) => void };

export type SimulationResult = Truth & {
  seed: string;
  startedAt: string;
  endedAt: string;
  /** Starts that a call granted, the distinct seats among them, and refusals by code. */
  seats: { grants: number; seatsSeen: number; denials: number; denialsByCode: Record<string, number> };
  calls: { total: number; byRoute: RouteCalls[] };
  unanswered: Unanswered;
  /** Events that the server never acknowledged. */
  undelivered: number;
  /** Violations of the contract, in order. `faultCount` also counts those beyond the first few. */
  faults: string[];
  faultCount: number;
  /** Where the report differs from what was sent; undefined if it was not requested or failed. */
  differences?: string[];
};

const MAX_FAULTS_KEPT = 50;
const OPERATOR_VERSION = "3.187.0";
// If every answer were lost, nothing could be delivered.
const MAX_LOSS = 0.5;

/** Plays a team against a license server and returns what was sent. The same seed and clock give the same run. */
export const simulate = async (simulation: Simulation, world: World): Promise<SimulationResult> => {
  const { clock } = world;
  const startedAt = clock.now();
  const run = `${simulation.seed}/${startedAt}`;
  const ledger = createLedger();
  const calls = createCallStatistics();
  const client = createClient({
    url: simulation.url,
    licenseKey: simulation.licenseKey,
    fetch: losingAnswers(world.fetch, Math.min(simulation.chaos, MAX_LOSS), createRandom(`${run}/losses`)),
    clock,
    onCall: calls.add,
  });
  const baseline = simulation.selfCheck === "baseline" ? await client.usageReport() : undefined;
  if (baseline !== undefined && baseline.kind !== "ok") ledger.fault(`the baseline report failed: ${baseline.detail}`);

  const ids = createIds(run);
  const team = createTeam(simulation.seed, { ...simulation, runners: simulation.ciRunners });
  const operators = team.clusters.map(({ name }, index) =>
    createOperator(
      {
        instanceId: `sim-${name}-${ids("instance")}`,
        clusterName: name,
        operatorVersion: OPERATOR_VERSION,
        credential: simulation.credential,
        maxBatch: simulation.maxBatch,
      },
      {
        client,
        clock,
        random: createRandom(`${run}/operator/${index}`),
        chaos:
          simulation.chaos === 0 ? plainDelivery : createChaos(simulation.chaos, createRandom(`${run}/chaos/${index}`)),
        nonce: () => ids("nonce"),
        verifyLease: createLeaseVerifier(client),
        observer: ledger.observer,
      },
    ),
  );
  const stage: Stage = { ...world, team, operators, sessionId: () => ids("session") };
  const outcome = (await register(operators)) ?? (await play(stage, simulation, run));
  if (outcome.kind === "stuck") ledger.fault(`given up: ${outcome.detail}`);

  const truth = ledger.truth();
  const report = simulation.selfCheck === "none" || outcome.kind === "stuck" ? undefined : await client.usageReport();
  if (report !== undefined && report.kind !== "ok") ledger.fault(`the usage report failed: ${report.detail}`);
  const before = baseline?.kind === "ok" ? baseline.body : undefined;
  const comparable = report?.kind === "ok" && (baseline === undefined || before !== undefined);
  return {
    seed: simulation.seed,
    startedAt: formatTime(startedAt),
    endedAt: formatTime(clock.now()),
    ...truth,
    seats: ledger.seats(),
    unanswered: ledger.unanswered(),
    calls: readCalls(calls),
    undelivered: operators.reduce((sum, operator) => sum + operator.pending(), 0),
    ...ledger.faults(),
    ...(comparable ? { differences: differences(truth, report.body, before) } : {}),
  };
};

/** Whether a run succeeded: everything delivered, no violations, and the report equal if it was requested. */
export const isClean = (result: SimulationResult): boolean =>
  result.undelivered === 0 && result.faultCount === 0 && (result.differences ?? []).length === 0;

const register = async (operators: readonly Operator[]): Promise<FlushOutcome | undefined> => {
  const outcomes = await Promise.all(operators.map((operator) => operator.register()));
  const failed = outcomes.find((outcome) => outcome.kind === "failed");
  return failed === undefined ? undefined : { kind: "stuck", pending: 0, detail: `no license: ${failed.detail}` };
};

const play = async (stage: Stage, simulation: Simulation, run: string): Promise<FlushOutcome> => {
  const { days, liveSeconds, speed, beatSeconds, endCalls } = simulation;
  const past: FlushOutcome = days === 0 ? { kind: "flushed" } : await playPast(stage, days);
  if (past.kind === "stuck" || liveSeconds === 0 || stage.signal.aborted) return past;
  const beatMs = beatSeconds === undefined ? undefined : beatSeconds * SECOND_MS;
  return playLive(stage, { durationMs: liveSeconds * SECOND_MS, speed, beatMs, endCalls }, createRandom(`${run}/live`));
};

const createLedger = () => {
  const record = createTruth();
  const unanswered = createUnanswered();
  const faults: string[] = [];
  const seatIds = new Set<string>();
  const denialsByCode: Record<string, number> = {};
  let faultCount = 0;
  let grants = 0;
  const fault = (detail: string): void => {
    faultCount += 1;
    if (faults.length < MAX_FAULTS_KEPT) faults.push(detail);
  };
  const observer: OperatorObserver = {
    ended: (start, endedAt) => {
      record.add(start, endedAt);
      unanswered.ended(start, endedAt);
    },
    granted: (_start, seatId) => {
      grants += 1;
      if (seatId !== undefined) seatIds.add(seatId);
    },
    denied: (start, code) => {
      unanswered.denied(start);
      denialsByCode[code] = (denialsByCode[code] ?? 0) + 1;
    },
    unanswered: unanswered.add,
    fault,
  };
  const denials = (): number => Object.values(denialsByCode).reduce((sum, count) => sum + count, 0);
  return {
    observer,
    fault,
    truth: record.read,
    unanswered: unanswered.read,
    seats: () => ({ grants, seatsSeen: seatIds.size, denials: denials(), denialsByCode }),
    faults: () => ({ faults, faultCount }),
  };
};

const readCalls = (calls: CallStatistics): SimulationResult["calls"] => {
  const byRoute = calls.read();
  return { total: byRoute.reduce((sum, { count }) => sum + count, 0), byRoute };
};

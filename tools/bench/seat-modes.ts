import { startServedEngine } from "../local/engine/served.ts";
import { type Benchmark, type BenchmarkOptions, median, medianRatio } from "./benchmark.ts";
import type { Figure } from "./figure.ts";
import { startStack } from "./stack.ts";
import { createEngineClient, type EngineClient } from "./throughput/engine-client.ts";
import { claimingStart, holderStart, type Operation } from "./throughput/operations.ts";
import { ratePerSecond } from "./throughput/rate.ts";
import { inTurns } from "./turns.ts";

/** How many claims and starts a second the whole local stack serves in each mode of seats. */
export const seatModes: Benchmark = {
  name: "seat-modes",
  about: "claims and starts a second through the whole local stack, in each mode of seats, against the engine",
  options: { connections: 8, rounds: 5, "round-ms": 1_000 },
  amongAll: { rounds: 2 },
  async run(print, options) {
    print(
      `${options["connections"]} connections, one call at a time on each; medians of ${options["rounds"]} rounds of ${options["round-ms"]} ms.`,
    );
    const figures: Figure[] = [];
    for (const [mode, env] of Object.entries(MODES)) figures.push(...(await measure(mode, env, options)));
    return figures;
  },
};

const MODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "plain period": {},
  "period, idle days": { SEATS_IDLE_DAYS: "14" },
  floating: { SEATS_MODE: "floating" },
};

/** More seats than anybody claims. */
const TERMS = { type: "enterprise", max_seats: 1_000_000 };

// A process can have one stack at a time, so each mode has a turn of its own. The engine's own transactions are measured in
// each round: their ratio is what compares the modes.
const measure = async (
  mode: string,
  env: Readonly<Record<string, string>>,
  { connections: lanes = 0, rounds = 0, "round-ms": forMs = 0 }: BenchmarkOptions,
): Promise<Figure[]> => {
  const engine = await startServedEngine();
  try {
    const stack = await startStack(TERMS, { ...env, DYNAMODB_ENDPOINT: engine.endpoint });
    const client = await createEngineClient(engine.endpoint);
    try {
      return await ratesOf(mode, [claimingStart(stack), holderStart(stack)], client, { lanes, rounds, forMs });
    } finally {
      client.close();
      await stack.close();
    }
  } finally {
    await engine.stop();
  }
};

const ratesOf = async (
  mode: string,
  operations: readonly Operation[],
  engine: EngineClient,
  { lanes, rounds, forMs }: { lanes: number; rounds: number; forMs: number },
): Promise<Figure[]> => {
  const baseline: Operation = { name: "transaction of four items straight to the engine", call: engine.transact };
  const rates = await inTurns([...operations, baseline], rounds, ({ call }) => ratePerSecond(call, { lanes, forMs }));
  const theirs = rates.get(baseline) ?? [];
  return operations.map((operation): Figure => {
    const ours = rates.get(operation) ?? [];
    return {
      what: `${mode}: ${operation.name}`,
      value: perSecond(median(ours)),
      baseline: `${baseline.name}: ${perSecond(median(theirs))}`,
      ratio: medianRatio(ours, theirs),
    };
  });
};

const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString("en-US")}/s`;

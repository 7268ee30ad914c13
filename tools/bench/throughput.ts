import { startServedEngine } from "../local/engine/served.ts";
import { type Benchmark, median, medianRatio } from "./benchmark.ts";
import type { Figure } from "./figure.ts";
import { startStack } from "./stack.ts";
import { startEmptyServer } from "./throughput/empty-server.ts";
import { createEngineClient } from "./throughput/engine-client.ts";
import { type Compared, type Operation, operationsOf } from "./throughput/operations.ts";
import { ratePerSecond } from "./throughput/rate.ts";
import { inTurns } from "./turns.ts";

/** How many heartbeats, starts and claims a second the whole local stack takes. */
export const throughput: Benchmark = {
  name: "throughput",
  about:
    "heartbeats, starts and claims a second through the whole local stack, against an empty handler and the engine",
  options: { connections: 8, rounds: 5, "round-ms": 1_000 },
  async run(print, { connections: lanes = 0, rounds = 0, "round-ms": forMs = 0 }) {
    return withSides(async (sides) => {
      const compared = await operationsOf(sides, lanes);
      print(`${lanes} connections, one call at a time on each; medians of ${rounds} rounds of ${forMs} ms, in turns.`);
      const all = new Set(compared.flatMap(({ operation, baselines }) => [operation, ...baselines]));
      const rates = await inTurns([...all], rounds, ({ call }) => ratePerSecond(call, { lanes, forMs }));
      return figuresOf(compared, rates);
    });
  },
};

/** Every seat that is claimed for shall be had. */
const TERMS = { type: "enterprise", max_seats: 1_000_000 };

const withSides = async <T>(work: (sides: Parameters<typeof operationsOf>[0]) => Promise<T>): Promise<T> => {
  const closes: (() => unknown)[] = [];
  try {
    const engine = await startServedEngine();
    closes.push(() => engine.stop());
    const client = await createEngineClient(engine.endpoint);
    closes.push(() => client.close());
    const empty = await startEmptyServer();
    closes.push(() => empty.close());
    const stack = await startStack(TERMS, { DYNAMODB_ENDPOINT: engine.endpoint });
    closes.push(() => stack.close());
    return await work({ stack, empty, engine: client });
  } finally {
    for (const close of closes.reverse()) await close();
  }
};

const figuresOf = (compared: readonly Compared[], rates: ReadonlyMap<Operation, readonly number[]>): Figure[] =>
  compared.flatMap(({ operation, baselines }) =>
    baselines.map((baseline): Figure => {
      const [ours, theirs] = [rates.get(operation) ?? [], rates.get(baseline) ?? []];
      return {
        what: operation.name,
        value: perSecond(median(ours)),
        baseline: `${baseline.name}: ${perSecond(median(theirs))}`,
        ratio: medianRatio(ours, theirs),
      };
    }),
  );

const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString("en-US")}/s`;

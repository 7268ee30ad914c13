import { randomUUID } from "node:crypto";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createTable } from "../../shared/store/dynamodb.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { type Benchmark, median, medianRatio } from "./benchmark.ts";
import { createWorld } from "./cold-start/world.ts";
import type { Figure } from "./figure.ts";
import { localClient } from "./local-client.ts";
import { hotHandlers } from "./overhead/handlers.ts";
import { recordedTable } from "./overhead/recorded-table.ts";
import { type SteadyCall, steadyCalls } from "./overhead/steady-calls.ts";
import { emptyHandler, PARSING, parsing, SIGNATURE, signature, type Yardstick } from "./overhead/yardsticks.ts";
import { inTurns } from "./turns.ts";

/** What the server's own code spends on a call once everything is warm and the table answers at once. */
export const overhead: Benchmark = {
  name: "overhead",
  about: "handlers without the engine: microseconds a call, over a table that answers at once what it answered before",
  options: { rounds: 20 },
  async run(print, { rounds = 0 }) {
    const calls = await recordedCalls();
    const signing = signature();
    const compared = calls.map((call) => ({
      call,
      baselines: [emptyHandler, ...(call.body === "" ? [] : [parsing(call.body)]), ...(signs(call) ? [signing] : [])],
    }));
    const all = new Set<Yardstick>(compared.flatMap(({ call, baselines }) => [call, ...baselines]));
    print(`One call at a time; medians of ${rounds} rounds of ${ROUND_MS} ms, in turns.`);
    const times = await inTurns([...all], rounds, ({ make }) => microsecondsPerCall(make));
    return compared.flatMap(({ call, baselines }) => baselines.map((one) => figureOf(times, call, one)));
  },
};

const signs = ({ name }: SteadyCall): boolean => name.startsWith("heartbeat");

/** The steady calls, brought about on a real engine, that are answered without it from then on. */
const recordedCalls = async (): Promise<SteadyCall[]> => {
  // It stands still, so that nothing that is kept for a while gets old.
  const now = Date.now();
  const world = await createWorld(now);
  const { TABLE_NAME: tableName = "", DYNAMODB_ENDPOINT: endpoint = "" } = world.withFiles;
  const base = localClient(endpoint);
  try {
    const client = DynamoDBDocumentClient.from(base, { marshallOptions: { removeUndefinedValues: true } });
    const pace = { now: Date.now, random: Math.random, sleep: async () => undefined };
    const { table, replay } = recordedTable(createTable({ client, tableName, pace }));
    let steady = false;
    // Lines are made, as in production, and nobody has to write them. A warning would mean that a call went another way.
    const log = createLogger("info", (line) => {
      if (steady && !line.includes('"level":"INFO"')) throw new Error(line);
    });
    const handlers = await hotHandlers(world, { now: () => now, newId: randomUUID, random: Math.random, table, log });
    const calls = await steadyCalls(handlers, world.licenseKey, now);
    replay();
    steady = true;
    return calls;
  } finally {
    base.destroy();
    await world.close();
  }
};

const ROUND_MS = 60;
/** So many calls between two looks at the clock, which would else weigh more than an empty handler. */
const AT_A_TIME = 10;

const microsecondsPerCall = async (make: () => unknown): Promise<number> => {
  const begun = performance.now();
  let calls = 0;
  let elapsedMs = 0;
  do {
    for (let call = 0; call < AT_A_TIME; call += 1) await make();
    calls += AT_A_TIME;
    elapsedMs = performance.now() - begun;
  } while (elapsedMs < ROUND_MS);
  return (elapsedMs * 1_000) / calls;
};

/** The most that an unchanged heartbeat may take of what it is held against. */
const goalOf = ({ name }: SteadyCall, baseline: Yardstick): Figure["goal"] => {
  if (name === "heartbeat, 1 live, unchanged" && baseline.name === SIGNATURE) return { atMost: 3 };
  if (name === "heartbeat, 5,000 live, unchanged" && baseline.name === PARSING) return { atMost: 8 };
  return undefined;
};

const figureOf = (times: ReadonlyMap<Yardstick, readonly number[]>, call: SteadyCall, baseline: Yardstick): Figure => {
  const [ours, theirs] = [times.get(call) ?? [], times.get(baseline) ?? []];
  const goal = goalOf(call, baseline);
  return {
    what: call.name,
    value: microseconds(median(ours)),
    baseline: `${baseline.name}: ${microseconds(median(theirs))}`,
    ratio: medianRatio(ours, theirs),
    ...(goal === undefined ? {} : { goal }),
  };
};

const microseconds = (us: number): string => `${us < 10 ? us.toFixed(2) : Math.round(us).toLocaleString("en-US")} µs`;

import { SECOND_MS } from "../../shared/contract/time.ts";
import { BUDGET } from "../cost/budget.ts";
import { startServedEngine } from "../local/engine/served.ts";
import { INTEGRATION_TIMEOUT_MS } from "../local/gateway.ts";
import type { Benchmark } from "./benchmark.ts";
import type { Figure } from "./figure.ts";
import { startMeter, type Units } from "./meter.ts";
import type { OutageSize } from "./outage/backlog.ts";
import { type Drained, drainOutage } from "./outage/drain.ts";
import { type Stack, startStack } from "./stack.ts";

/** How long the local stack takes for what a fleet brings back from an outage, and what that consumes. */
export const outage: Benchmark = {
  name: "outage",
  about: "operators come back at once after an outage, each with sessions that ended meanwhile",
  options: { operators: 100, "sessions-each": 500, "at-once": 64 },
  amongAll: { "sessions-each": 50 },
  async run(print, { operators = 0, "sessions-each": sessionsEach = 0, "at-once": atOnce = 0 }) {
    const size: OutageSize = { operators, sessionsEach, atOnce };
    print(`${operators} operators, ${atOnce} of them at a time, with ${sessionsEach} ended sessions each:`);
    const drained = await drainFresh(size);
    for (const line of linesOf(size, drained)) print(line);
    const alone = await drainFresh(ALONE);
    const units = await consumed();
    const { read, write } = units;
    print(`  ${write.toFixed(2)} write units and ${read.toFixed(2)} read units a session, of one operator alone`);
    return figuresOf(size, drained, ALONE.sessionsEach / alone.seconds, units);
  },
};

/** Enough that what is read once per process does not count. */
const ALONE: OutageSize = { operators: 1, sessionsEach: 500, atOnce: 1 };

const TERMS = { type: "teams", max_seats: 500 };

const linesOf = (size: OutageSize, drained: Drained): string[] => {
  const sessions = size.operators * size.sessionsEach;
  const { seconds, heartbeats, resent, leasesLost, longestHeartbeatMs, differences } = drained;
  return [
    `  ${seconds.toFixed(1)} s, ${(sessions / seconds).toFixed(0)} sessions a second`,
    `  ${heartbeats} heartbeats, ${(heartbeats / size.operators).toFixed(1)} each; the longest took ${(longestHeartbeatMs / 1_000).toFixed(1)} s`,
    `  ${resent} events sent again, ${leasesLost} leases lost`,
    differences.length === 0 ? "  the report equals the truth" : `  THE REPORT DIFFERS: ${differences.join("; ")}`,
  ];
};

const drainFresh = async (size: OutageSize): Promise<Drained> => {
  const stack = await startStack(TERMS);
  try {
    return await drainOutage(stack, size);
  } finally {
    await stack.close();
  }
};

const figuresOf = (size: OutageSize, drained: Drained, alonePerSecond: number, { write, read }: Units): Figure[] => {
  const fleet = `${size.operators} operators with ${size.sessionsEach} ended sessions each`;
  const perSecond = (size.operators * size.sessionsEach) / drained.seconds;
  const timeoutSeconds = INTEGRATION_TIMEOUT_MS / SECOND_MS;
  const longestSeconds = drained.longestHeartbeatMs / SECOND_MS;
  const unitsFigure = (kind: string, units: number, limit: number): Figure => ({
    what: `each of ${ALONE.sessionsEach} ended sessions of one operator: ${kind} units`,
    value: units.toFixed(2),
    baseline: `limit: ${limit}`,
    ratio: units / limit,
    goal: { atMost: 1 },
  });
  return [
    {
      what: `${fleet}: sessions taken`,
      value: `${perSecond.toFixed(0)}/s`,
      baseline: `one operator with ${ALONE.sessionsEach}, alone: ${alonePerSecond.toFixed(0)}/s`,
      ratio: perSecond / alonePerSecond,
    },
    {
      what: `${fleet}: longest heartbeat`,
      value: `${longestSeconds.toFixed(2)} s`,
      baseline: `API Gateway's time-out: ${timeoutSeconds} s`,
      ratio: longestSeconds / timeoutSeconds,
      goal: { atMost: 1 },
    },
    unitsFigure("write", write, BUDGET.endInHeartbeat.write),
    unitsFigure("read", read, BUDGET.endInHeartbeat.read),
  ];
};

// Measured apart: what counts the units slows the stack down.
const consumed = async (): Promise<Units> => {
  const engine = await startServedEngine();
  const meter = await startMeter(engine.endpoint);
  let stack: Stack | undefined;
  try {
    stack = await startStack(TERMS, { DYNAMODB_ENDPOINT: meter.endpoint });
    meter.take();
    await drainOutage(stack, ALONE);
    const { read, write } = meter.take();
    return { read: read / ALONE.sessionsEach, write: write / ALONE.sessionsEach };
  } finally {
    await stack?.close();
    meter.stop();
    await engine.stop();
  }
};

import { startEngine } from "../local/engine.ts";
import type { Benchmark } from "./benchmark.ts";
import type { OutageSize } from "./outage/backlog.ts";
import { type Drained, drainOutage } from "./outage/drain.ts";
import { startMeter, type Units } from "./outage/meter.ts";
import { type Stack, startStack } from "./stack.ts";

/** How long the local stack takes for what a fleet brings back from an outage, and what that consumes. */
export const outage: Benchmark = {
  name: "outage",
  about: "operators come back at once after an outage, each with sessions that ended meanwhile",
  options: { operators: 100, sessions: 500, "at-once": 64 },
  async run(print, { operators = 0, sessions = 0, "at-once": atOnce = 0 }) {
    const size: OutageSize = { operators, sessionsEach: sessions, atOnce };
    print(`${operators} operators, ${atOnce} of them at a time, with ${sessions} ended sessions each:`);
    const stack = await startStack(TERMS);
    try {
      for (const line of linesOf(size, await drainOutage(stack, size))) print(line);
    } finally {
      await stack.close();
    }
    const { read, write } = await consumed(sessions);
    print(`  ${write.toFixed(2)} write units and ${read.toFixed(2)} read units a session, of one operator by itself`);
  },
};

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

// Measured apart: what counts the units slows the stack down.
const consumed = async (sessions: number): Promise<Units> => {
  const engine = await startEngine();
  const meter = await startMeter(engine.endpoint);
  let stack: Stack | undefined;
  try {
    stack = await startStack(TERMS, { DYNAMODB_ENDPOINT: meter.endpoint });
    meter.take();
    await drainOutage(stack, { operators: 1, sessionsEach: sessions, atOnce: 1 });
    const { read, write } = meter.take();
    return { read: read / sessions, write: write / sessions };
  } finally {
    await stack?.close();
    meter.stop();
    await engine.stop();
  }
};

import { setTimeout as delay } from "node:timers/promises";
import type { SessionEnded } from "../../../agent/wire/bodies.ts";
import { HEARTBEAT_LIMITS } from "../../../shared/contract/requests.ts";
import type { HeartbeatResponse, LicensePostResponse, UsageReport } from "../../../shared/contract/responses.ts";
import { type EpochMs, formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import { inParallel } from "../../../shared/store/parallel.ts";
import type { Stack, StackAnswer } from "../stack.ts";
import { backlogOf, instanceOf, type OutageSize, truthOf } from "./backlog.ts";

/** How a backlog went into the server. */
export type Drained = {
  seconds: number;
  heartbeats: number;
  /** Events that a heartbeat carried and its answer left, so that another had to carry them. */
  resent: number;
  /** Heartbeats that were answered without a lease, or not well at all. */
  leasesLost: number;
  longestHeartbeatMs: number;
  /** What the report says otherwise than the truth; nothing, where all is well. */
  differences: string[];
};

/** Brings a whole fleet back at once, each operator with its backlog, until the server has accepted all of it. */
export const drainOutage = async (stack: Stack, size: OutageSize): Promise<Drained> => {
  const drained: Drained = {
    seconds: 0,
    heartbeats: 0,
    resent: 0,
    leasesLost: 0,
    longestHeartbeatMs: 0,
    differences: [],
  };
  const now = Date.now();
  const startedAt = performance.now();
  const operators = Array.from({ length: size.operators }, (_, number) => number);
  await inParallel(operators, size.atOnce, (operator) => comeBack(stack, operator, size, now, drained));
  drained.seconds = (performance.now() - startedAt) / SECOND_MS;
  drained.differences = await differences(stack, size);
  return drained;
};

const VERSION = "3.130.0";
/** More would mean that it does not get anywhere. */
const MAX_HEARTBEATS = 200;

const comeBack = async (
  stack: Stack,
  operator: number,
  { sessionsEach }: OutageSize,
  now: EpochMs,
  drained: Drained,
): Promise<void> => {
  const instance = { instance_id: instanceOf(operator), operator_version: VERSION };
  const started = await stack.call<LicensePostResponse>("POST", "/api/v1/license", instance);
  if (started.status !== 200 || started.body.lease === null) drained.leasesLost += 1;
  const waiting = new Map(backlogOf(operator, sessionsEach, now).map((end) => [end.session_id, end]));
  for (let seq = 1; waiting.size > 0; seq += 1) {
    if (seq > MAX_HEARTBEATS) throw new Error(`${instance.instance_id} still has ${waiting.size} events`);
    const ended = [...waiting.values()].slice(0, HEARTBEAT_LIMITS.ended);
    const answer = await beat(
      stack,
      { ...instance, seq, sent_at: formatTime(Date.now()), sessions: [], ended },
      drained,
    );
    if (answer.status !== 200) {
      await delay(SECOND_MS);
      continue;
    }
    settle(waiting, ended, answer.body, drained);
  }
};

const beat = async (stack: Stack, body: object, drained: Drained): Promise<StackAnswer<HeartbeatResponse>> => {
  const startedAt = performance.now();
  const answer = await stack.call<HeartbeatResponse>("POST", "/api/v1/heartbeat", body);
  drained.heartbeats += 1;
  drained.longestHeartbeatMs = Math.max(drained.longestHeartbeatMs, performance.now() - startedAt);
  if (answer.status !== 200 || answer.body.lease === null) drained.leasesLost += 1;
  return answer;
};

const settle = (
  waiting: Map<string, SessionEnded>,
  sent: readonly SessionEnded[],
  { accepted, rejected, denied }: HeartbeatResponse,
  drained: Drained,
): void => {
  if (rejected.length + denied.length > 0) throw new Error(`not accepted: ${JSON.stringify([rejected[0], denied[0]])}`);
  for (const id of accepted) waiting.delete(id);
  drained.resent += sent.length - accepted.length;
};

const differences = async (stack: Stack, size: OutageSize): Promise<string[]> => {
  const report = await stack.call<UsageReport>("GET", "/api/v1/reports/usage?format=json&primary_key=machine_id");
  if (report.status !== 200) return [`the report: status ${report.status}`];
  const truth = truthOf(size);
  const told = new Map(report.body.userMetrics.map((user) => [user.identifier, user]));
  return [...new Set([...truth.keys(), ...told.keys()])].flatMap((machine) => {
    const [expected, found] = [truth.get(machine), told.get(machine)];
    const same =
      expected?.sessions === found?.totalSessionCount && expected?.seconds === found?.totalSessionTimeSeconds;
    return same ? [] : [`${machine}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
  });
};

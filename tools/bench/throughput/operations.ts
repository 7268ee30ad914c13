import { randomUUID } from "node:crypto";
import { endedBody, heartbeatBody, sessionBody } from "../bodies.ts";
import { type Beating, FLEET_SIZES, startOperator } from "../fleet.ts";
import type { HttpClient } from "../http-client.ts";
import type { Stack } from "../stack.ts";
import type { EngineClient } from "./engine-client.ts";

/** Something that can be done over and over, on several lanes at once. */
export type Operation = {
  readonly name: string;
  /** Throws where it does not succeed. */
  readonly call: (lane: number) => Promise<void>;
};

/** An operation with those that it stands beside. */
export type Compared = { readonly operation: Operation; readonly baselines: readonly Operation[] };

/** With how many live sessions heartbeats with changes are measured. */
const CHANGING = 100;

type Sides = { stack: Pick<Stack, "call">; empty: Pick<HttpClient, "call">; engine: EngineClient };

/** What is measured, brought to a steady state: operators are up with their sessions, and each lane's user has a seat. */
export const operationsOf = async ({ stack, empty, engine }: Sides, lanes: number): Promise<Compared[]> => {
  const update: Operation = { name: "UpdateItem straight to the engine", call: engine.update };
  const transact: Operation = { name: "transaction of four items straight to the engine", call: engine.transact };
  const emptySession: Operation = {
    name: "empty handler, the same body",
    call: post(empty, () => sessionBody({ id: randomUUID(), instance: "empty", user: "nobody" }, Date.now())),
  };
  const compared: Compared[] = [];
  for (const size of FLEET_SIZES) {
    const fleet = await startFleet(stack, `live-${size}`, size, lanes);
    compared.push({
      operation: { name: `heartbeat, ${shown(size)}, unchanged`, call: (lane) => at(fleet, lane).beat() },
      baselines: [emptyHeartbeat(empty, size), update],
    });
  }
  const changing = await startFleet(stack, "changing", CHANGING, lanes);
  for (let lane = 0; lane < lanes; lane += 1) await holderStart(stack).call(lane);
  return [
    ...compared,
    {
      operation: {
        name: `heartbeat, ${shown(CHANGING)}, of which one is new and one more has ended`,
        call: (lane) => turnOver(at(changing, lane), lane),
      },
      baselines: [emptyHeartbeat(empty, CHANGING), update],
    },
    { operation: holderStart(stack), baselines: [emptySession, update] },
    { operation: claimingStart(stack), baselines: [emptySession, transact] },
  ];
};

/** A start by the user of the lane, who holds a seat after the first one. */
export const holderStart = (stack: Sides["stack"]): Operation => ({
  name: "session start, user holds a seat",
  call: (lane) => startOne(stack, lane),
});

/** A start by a user whom nobody has seen before. */
export const claimingStart = (stack: Sides["stack"]): Operation => ({
  name: "session start that claims a seat",
  call: (lane) => startOne(stack, lane, randomUUID()),
});

const shown = (size: number): string => `${size.toLocaleString("en-US")} live session${size === 1 ? "" : "s"}`;

const startFleet = (stack: Sides["stack"], name: string, size: number, lanes: number): Promise<Beating[]> =>
  Promise.all(Array.from({ length: lanes }, (_, lane) => startOperator(stack, `bench-${name}-${lane}`, size)));

const at = (fleet: readonly Beating[], lane: number): Beating => {
  const operator = fleet[lane];
  if (operator === undefined) throw new RangeError(`no lane ${lane}`);
  return operator;
};

const userOf = (lane: number): string => `user-${lane}`;

const turnOver = async (operator: Beating, lane: number): Promise<void> => {
  const [oldest = ""] = operator.sessions();
  const now = Date.now();
  const started = sessionBody({ id: randomUUID(), instance: operator.instance, user: userOf(lane) }, now);
  await operator.beat({ started: [started], ended: [endedBody(oldest, now)] });
};

const startOne = async (stack: Sides["stack"], lane: number, user = userOf(lane)): Promise<void> => {
  const body = sessionBody({ id: randomUUID(), instance: `bench-starts-${lane}`, user }, Date.now());
  const { status, body: answer } = await stack.call("POST", "/api/v1/sessions", body);
  if (status !== 201) throw new Error(`a start was answered ${status}: ${JSON.stringify(answer)}`);
};

const emptyHeartbeat = (empty: Sides["empty"], size: number): Operation => {
  const sessions = Array.from({ length: size }, () => randomUUID());
  const text = JSON.stringify(heartbeatBody({ instance: "empty", seq: 1, sessions }, Date.now()));
  return { name: "empty handler, as long a list", call: post(empty, () => text) };
};

const post =
  ({ call }: Sides["empty"], bodyOf: () => unknown) =>
  async (): Promise<void> => {
    await call("POST", "/api/v1/heartbeat", bodyOf());
  };

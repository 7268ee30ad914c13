import { randomUUID } from "node:crypto";
import { formatTime } from "../../../shared/contract/time.ts";
import type { Units } from "../../cost/budget.ts";
import type { OperationName } from "../../cost/operations.ts";
import { startServedEngine } from "../../local/engine/served.ts";
import { median } from "../benchmark.ts";
import { endedBody, sessionBody } from "../bodies.ts";
import { startOperator } from "../fleet.ts";
import { type Meter, startMeter } from "../meter.ts";
import { type Stack, startStack } from "../stack.ts";

/** What a call of an operation consumes, where the process has the seat counter in mind, as it has for ten seconds. */
export type MeasuredUnits = { readonly operation: OperationName; readonly about: string; readonly units: Units };

/** Calls of each operation, of which the middle one counts: what is read once in a while is in few of them. */
const TIMES = 20;
const TERMS = { type: "teams", max_seats: TIMES + 1 };
const OPERATOR = "bench-units";
const MANY = 5_000;

/** Has each operation done on the whole local stack, and counts what the engine says that it consumed. */
export const measureUnits = async (): Promise<MeasuredUnits[]> => {
  const engine = await startServedEngine();
  const meter = await startMeter(engine.endpoint);
  let stack: Stack | undefined;
  try {
    stack = await startStack(TERMS, { DYNAMODB_ENDPOINT: meter.endpoint });
    return await measureAll(stack, meter);
  } finally {
    await stack?.close();
    meter.stop();
    await engine.stop();
  }
};

const measureAll = async (stack: Stack, meter: Meter): Promise<MeasuredUnits[]> => {
  const measured: MeasuredUnits[] = [];
  const measure = async (operation: OperationName, about: string, work: (time: number) => Promise<unknown>) => {
    const taken: Units[] = [];
    meter.take();
    for (let time = 0; time < TIMES; time += 1) {
      await work(time);
      taken.push(meter.take());
    }
    const units = { write: median(taken.map(({ write }) => write)), read: median(taken.map(({ read }) => read)) };
    measured.push({ operation, about, units });
  };
  const start = (user: string, id: string = randomUUID()) =>
    expectStatus(stack, 201, "/api/v1/sessions", sessionBody({ id, instance: OPERATOR, user }, Date.now()));
  const end = (id: string) => {
    const { session_id: _, ...body } = endedBody(id, Date.now());
    return expectStatus(stack, 200, `/api/v1/sessions/${id}/end`, { ...body, sent_at: formatTime(Date.now()) });
  };

  // What a function reads once per process is no operation's own.
  const [first, second] = [randomUUID(), randomUUID()];
  for (const id of [first, second]) await start("holder", id);
  await end(first);
  const few = await startOperator(stack, `${OPERATOR}-few`, 1);
  const many = await startOperator(stack, `${OPERATOR}-many`, MANY);
  const license = () => stack.call("GET", "/api/v1/license");
  await license();

  await measure("license", "license fetched", license);
  await measure("heartbeat", "heartbeat, 1 live session, unchanged", () => few.beat());
  await measure("heartbeat", `heartbeat, ${MANY.toLocaleString("en-US")} live sessions, unchanged`, () => many.beat());
  const ids = Array.from({ length: TIMES }, () => randomUUID());
  await measure("start", "session start, user holds a seat", (time) => start("holder", ids[time]));
  await measure("end", "session end, in a call of its own", (time) => end(ids[time] ?? ""));
  await measure("claim", "session start that claims a seat", (time) => start(`new-${time}`));
  return measured;
};

const expectStatus = async (stack: Stack, expected: number, path: string, body: object): Promise<void> => {
  const { status, body: answer } = await stack.call("POST", path, body);
  if (status !== expected) throw new Error(`${path} was answered ${status}: ${JSON.stringify(answer)}`);
};

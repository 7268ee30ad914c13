import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { HotFunction } from "../../../shared/contract/bundling.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import type { LambdaHandler } from "../../local/bundle.ts";
import { invocationContext } from "../../local/context.ts";
import { sessionBody } from "../bodies.ts";
import { type Call, eventOf, functionOf } from "../event.ts";
import { FLEET_SIZES, startOperator } from "../fleet.ts";
import type { HttpClient } from "../http-client.ts";

/** A call as it comes in a steady state, and how it is made again, and again. */
export type SteadyCall = {
  readonly name: string;
  readonly body: string;
  /** Throws where it is not answered with success. */
  readonly make: () => Promise<void>;
};

/** Takes each kind of call to its steady state, and makes the last one of it. */
export const steadyCalls = async (
  handlers: Record<HotFunction, LambdaHandler>,
  licenseKey: string,
  now: EpochMs,
): Promise<SteadyCall[]> => {
  const steady = async (about: string, work: (call: HttpClient["call"]) => Promise<unknown>): Promise<SteadyCall> => {
    let last: Call = { method: "GET", path: "/", body: "" };
    await work(async (method, path, body) => {
      last = { method, path, body: textOf(body) };
      const { statusCode: status = 0, body: text = "" } = await invoke(handlers, last, eventOf(last, licenseKey, now));
      return { status, body: JSON.parse(text) };
    });
    // Found out beforehand: the time of a call is that of the handler alone.
    const name = functionOf(last) as HotFunction;
    const [handler, event] = [handlers[name], eventOf(last, licenseKey, now)];
    const context = invocationContext(name, event.requestContext.requestId, () => 29_000);
    const make = async (): Promise<void> => {
      const { statusCode = 0, body } = (await handler(event, context)) as APIGatewayProxyStructuredResultV2;
      if (statusCode >= 300) throw new Error(`${about} was answered ${statusCode}: ${body}`);
    };
    return { name: about, body: last.body, make };
  };
  const calls = [await steady("GET license", (call) => call("GET", "/api/v1/license"))];
  for (const size of FLEET_SIZES)
    calls.push(
      await steady(`heartbeat, ${size.toLocaleString("en-US")} live, unchanged`, async (call) => {
        const { beat } = await startOperator({ call }, `overhead-${size}`, size);
        await beat();
      }),
    );
  const start = (call: HttpClient["call"]) =>
    call("POST", "/api/v1/sessions", sessionBody({ id: randomUUID(), instance: "overhead", user: "ana" }, now));
  calls.push(
    await steady("session start, user holds a seat", async (call) => {
      await start(call);
      await start(call);
    }),
  );
  return calls;
};

const textOf = (body: unknown): string =>
  typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);

const invoke = async (
  handlers: Record<HotFunction, LambdaHandler>,
  call: Call,
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const name = functionOf(call) as HotFunction;
  const context = invocationContext(name, event.requestContext.requestId, () => 29_000);
  return (await handlers[name](event, context)) as APIGatewayProxyStructuredResultV2;
};

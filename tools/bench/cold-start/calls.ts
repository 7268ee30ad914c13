import { randomUUID } from "node:crypto";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { HotFunction } from "../../../shared/contract/bundling.ts";
import { REQUEST_EXAMPLES } from "../../../shared/contract/examples.ts";
import { formatTime } from "../../../shared/contract/time.ts";
import { eventOf } from "../event.ts";

/** The call that each hot function mostly gets, as it comes in a steady state: its `count`th time. */
export const hotCall = (name: HotFunction, key: string, count: number, now: number): APIGatewayProxyEventV2 => {
  const { method, path, body } = CALLS[name](count, formatTime(now));
  return eventOf({ method, path, body: body === undefined ? "" : JSON.stringify(body) }, key, now);
};

type HotCall = { method: string; path: string; body?: object };

const CALLS: Record<HotFunction, (count: number, now: string) => HotCall> = {
  license: () => ({ method: "GET", path: "/api/v1/license" }),
  heartbeat: (count, now) => ({
    method: "POST",
    path: "/api/v1/heartbeat",
    body: {
      instance_id: "op-with-nothing-new",
      operator_version: "3.130.0",
      cluster_name: "staging-eu",
      seq: count,
      sent_at: now,
      nonce: randomUUID(),
      sessions: [],
    },
  }),
  // Always the same user, who holds a seat from the first time on.
  sessions: (_count, now) => ({
    method: "POST",
    path: "/api/v1/sessions",
    body: { ...REQUEST_EXAMPLES.sessionStart, session_id: randomUUID(), started_at: now, sent_at: now },
  }),
};

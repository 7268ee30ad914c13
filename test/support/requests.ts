import { ROUTES, type RouteName } from "../../shared/contract/routes.ts";
import type { Answer, CallOptions } from "./app.ts";
import type { Server } from "./server.ts";
import { endBody, heartbeatBody, licenseBody, startBody } from "./wire.ts";

export type Request = { method: string; path: string; body?: Record<string, unknown> };

const QUERIES: Partial<Record<RouteName, string>> = { usageReport: "format=json" };

/** A good request of each route. */
export const goodRequest = (name: RouteName, now: number): Request => {
  const route = ROUTES.find((one) => one.name === name);
  if (route === undefined) throw new Error(`no route ${name}`);
  const bodies: Partial<Record<RouteName, Record<string, unknown>>> = {
    licensePost: licenseBody(),
    heartbeat: heartbeatBody(now),
    sessionStart: startBody(now),
    sessionEnd: endBody(now, { start: startBody(now) }),
  };
  const query = QUERIES[name];
  const body = bodies[name];
  return {
    method: route.method,
    path: `${route.path.replace("{id}", "s-1")}${query === undefined ? "" : `?${query}`}`,
    ...(body === undefined ? {} : { body }),
  };
};

// Spelt out: that no other route comes to be open to leases is a thing to notice.
const OPERATOR_ROUTES: readonly RouteName[] = ["heartbeat", "sessionStart", "sessionEnd"];

/** The routes that want a credential. */
export const CLOSED_ROUTES: readonly RouteName[] = ROUTES.filter(({ auth }) => auth.length > 0).map(({ name }) => name);
/** Those of them that a lease token does not open. */
export const KEY_ROUTES: readonly RouteName[] = CLOSED_ROUTES.filter((name) => !OPERATOR_ROUTES.includes(name));
/** The routes that take a body. */
export const BODY_ROUTES: readonly RouteName[] = ROUTES.filter(({ method }) => method === "POST").map(
  ({ name }) => name,
);

/** Sends a good request with some of it replaced. */
export const sendGood = (server: Server, name: RouteName, options: CallOptions = {}): Promise<Answer> => {
  const { method, path, body } = goodRequest(name, server.clock.now);
  return server.call(method, path, { ...(body === undefined || "raw" in options ? {} : { body }), ...options });
};

import { REQUEST_EXAMPLES } from "../../shared/contract/examples.ts";
import { isPairRoute, ROUTES, type RouteName, withPathId } from "../../shared/contract/routes.ts";
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
    catalogPut: REQUEST_EXAMPLES.catalogPut,
    catalogApply: {
      changes: [{ ...REQUEST_EXAMPLES.catalogPut, action: "put", kind: "MirrordClusterPolicy", name: "applied" }],
    },
    catalogRestore: REQUEST_EXAMPLES.catalogRestore,
    catalogPrune: REQUEST_EXAMPLES.catalogPrune,
    catalogAccept: { revision: 0 },
    policyEvaluate: REQUEST_EXAMPLES.policyEvaluate,
    policyImpact: REQUEST_EXAMPLES.policyImpact,
  };
  const query = QUERIES[name];
  const body = bodies[name];
  return {
    method: route.method,
    path: `${exactPath(route)}${query === undefined ? "" : `?${query}`}`,
    ...(body === undefined ? {} : { body }),
  };
};

// Spelt out: that no other route comes to be open to leases is a thing to notice.
const OPERATOR_ROUTES: readonly RouteName[] = ["heartbeat", "sessionStart", "sessionEnd"];

/** A route's path with a good id. */
export const exactPath = (route: { path: string }): string =>
  withPathId(route, isPairRoute(route) ? "MirrordClusterPolicy/no-steal" : "s-1");

/** The routes that want a credential. */
export const CLOSED_ROUTES: readonly RouteName[] = ROUTES.filter(({ auth }) => auth.length > 0).map(({ name }) => name);
/** The routes that the license key never opens. */
export const CATALOG_ROUTES: readonly RouteName[] = ROUTES.filter((route) => route.function === "policies").map(
  ({ name }) => name,
);
/** Those that a lease token does not open, because their functions know none. */
export const KEY_ROUTES: readonly RouteName[] = CLOSED_ROUTES.filter(
  (name) => !OPERATOR_ROUTES.includes(name) && !CATALOG_ROUTES.includes(name),
);
/** The routes that take a body, and that the license key opens. */
export const BODY_ROUTES: readonly RouteName[] = ROUTES.filter(
  ({ method, auth }) => method === "POST" && auth.some((credential) => credential === "key"),
).map(({ name }) => name);
/** Sends a good request with some of it replaced. */
export const sendGood = (server: Server, name: RouteName, options: CallOptions = {}): Promise<Answer> => {
  const { method, path, body } = goodRequest(name, server.clock.now);
  return server.call(method, path, { ...(body === undefined || "raw" in options ? {} : { body }), ...options });
};

import type { FunctionName } from "./functions.ts";
import { AGENT_SCOPE, type Scope, type TokenScope } from "./scopes.ts";

/**
 * A credential. `key` is the license key in its header. The others are bearer tokens: `lease` is a lease token, `agent` is an
 * agent's access token for its own instance, and a scope is an access token with that scope.
 */
export type Credential = "key" | "lease" | TokenScope;

export const isScope = (credential: Credential): credential is Scope =>
  credential !== "key" && credential !== "lease" && credential !== AGENT_SCOPE;

export type Route = {
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** `{id}` is one percent-encoded id. Decoded, it may contain slashes. */
  readonly path: string;
  readonly function: FunctionName;
  /** The credentials that open the route. Empty: the route is public. */
  readonly auth: readonly Credential[];
  readonly summary: string;
};

/**
 * All routes, each once. The HTTP API, the local server, the 404 and 405 answers, the OpenAPI document and the table in
 * docs/api.md are made from this list.
 */
export const ROUTES = [
  {
    name: "root",
    method: "GET",
    path: "/",
    function: "dashboard",
    auth: [],
    summary: "Redirects to the web page",
  },
  {
    name: "health",
    method: "GET",
    path: "/health",
    function: "public",
    auth: [],
    summary: "Whether the server answers. Reads no database",
  },
  {
    name: "openapi",
    method: "GET",
    path: "/openapi.json",
    function: "public",
    auth: [],
    summary: "This contract as an OpenAPI 3.1 document",
  },
  {
    name: "jwks",
    method: "GET",
    path: "/.well-known/jwks.json",
    function: "license",
    auth: [],
    summary: "The public keys that verify lease tokens and access tokens",
  },
  {
    name: "dashboard",
    method: "GET",
    path: "/dashboard",
    function: "dashboard",
    auth: [],
    summary: "The web page. Its data calls need an access token",
  },
  {
    name: "metrics",
    method: "GET",
    path: "/metrics",
    function: "metrics",
    auth: ["key", "metrics:read"],
    summary: "Metrics in Prometheus text, or OpenMetrics by `Accept`",
  },
  {
    name: "licenseGet",
    method: "GET",
    path: "/api/v1/license",
    function: "license",
    auth: ["key", "license:read", "agent"],
    summary: "The license, as JSON or, with `Accept: application/x-pem-file`, the PEM verbatim",
  },
  {
    name: "licensePost",
    method: "POST",
    path: "/api/v1/license",
    function: "license",
    auth: ["key", "agent"],
    summary: "Registers an operator that starts. Returns the license and a lease",
  },
  {
    name: "heartbeat",
    method: "POST",
    path: "/api/v1/heartbeat",
    function: "heartbeat",
    auth: ["key", "lease", "agent"],
    summary: "Renews an operator's lease, records its events, compares its live sessions",
  },
  {
    name: "sessionStart",
    method: "POST",
    path: "/api/v1/sessions",
    function: "sessions",
    auth: ["key", "lease"],
    summary: "Starts a session. Claims a seat if its user has none",
  },
  {
    name: "sessionEnd",
    method: "POST",
    path: "/api/v1/sessions/{id}/end",
    function: "sessions",
    auth: ["key", "lease"],
    summary: "Ends a session",
  },
  {
    name: "sessionList",
    method: "GET",
    path: "/api/v1/sessions",
    function: "admin",
    auth: ["key", "sessions:read"],
    summary: "Live sessions, in pages, filtered by namespace, user or cluster",
  },
  {
    name: "sessionKill",
    method: "DELETE",
    path: "/api/v1/sessions/{id}",
    function: "admin",
    auth: ["sessions:delete"],
    summary: "Asks the operator of a live session to stop it",
  },
  {
    name: "sessionKillAll",
    method: "DELETE",
    path: "/api/v1/sessions",
    function: "admin",
    auth: ["sessions:deletecollection"],
    summary: "Asks operators to stop all live sessions, or those of a namespace, user or cluster",
  },
  {
    name: "operatorList",
    method: "GET",
    path: "/api/v1/operators",
    function: "admin",
    auth: ["key", "operators:read"],
    summary: "Operator instances, in pages: cluster, version, last heartbeat, lease, live sessions",
  },
  {
    name: "seatList",
    method: "GET",
    path: "/api/v1/seats",
    function: "admin",
    auth: ["key", "seats:read"],
    summary: "The seats of the current period, in pages; `?summary=true` returns only their numbers",
  },
  {
    name: "seatRelease",
    method: "DELETE",
    path: "/api/v1/seats/{id}",
    function: "admin",
    auth: ["seats:delete"],
    summary: "Releases a seat now. The next session of its user claims a seat again",
  },
  {
    name: "auditList",
    method: "GET",
    path: "/api/v1/audit",
    function: "admin",
    auth: ["audit:read"],
    summary: "Who did what, in pages: claims, overages, denials, releases, kills, tokens, license swaps, key rotations",
  },
  {
    name: "usageReport",
    method: "GET",
    path: "/api/v1/reports/usage",
    function: "reports",
    auth: ["key", "reports:read"],
    summary: "The usage report as xlsx, json or csv",
  },
  {
    name: "usageTrends",
    method: "GET",
    path: "/api/v1/reports/usage/trends",
    function: "reports",
    auth: ["key", "reports:read"],
    summary: "Usage day by day: sessions, users, peaks, seats claimed, denials",
  },
  {
    name: "errorReport",
    method: "GET",
    path: "/api/v1/reports/errors",
    function: "reports",
    auth: ["key", "reports:read"],
    summary: "Errors that operators reported, in pages",
  },
  {
    name: "denialReport",
    method: "GET",
    path: "/api/v1/reports/denials",
    function: "reports",
    auth: ["key", "reports:read"],
    summary: "Refused sessions per user and day, and the seats needed",
  },
] as const satisfies readonly Route[];

export type RouteName = (typeof ROUTES)[number]["name"];

/** The function behind API Gateway's `$default` route. It answers requests that no route matches. */
export const FALLBACK_FUNCTION = "fallback" satisfies FunctionName;

/**
 * A route's path in API Gateway. There, an encoded slash arrives decoded, and a plain `{id}` matches no slash. So a greedy
 * variable replaces the id and what follows it, and `matchRoute` finds the route.
 */
export const apiGatewayPath = (route: Pick<Route, "path">): string => route.path.replace(/\{id\}.*$/, "{proxy+}");

import type { FunctionName } from "./functions.ts";
import type { Scope } from "./scopes.ts";

/**
 * What a caller may present: `key` is the license key header, `lease` a lease token as the bearer, a scope an access
 * token that carries it.
 */
export type Credential = "key" | "lease" | Scope;

export const isScope = (credential: Credential): credential is Scope => credential !== "key" && credential !== "lease";

export type Route = {
  readonly name: string;
  readonly method: "GET" | "POST" | "DELETE";
  /** `{id}` is one percent-encoded id. Decoded, it may contain slashes. */
  readonly path: string;
  readonly function: FunctionName;
  /** The credentials that open the route; empty means anybody may call it. */
  readonly auth: readonly Credential[];
  readonly summary: string;
};

/**
 * Each route once. The HTTP API, the local server, the 404 and 405 answers, the OpenAPI document and the table in docs/api.md
 * read this list.
 */
export const ROUTES = [
  {
    name: "root",
    method: "GET",
    path: "/",
    function: "dashboard",
    auth: [],
    summary: "Leads to the web page",
  },
  {
    name: "health",
    method: "GET",
    path: "/health",
    function: "public",
    auth: [],
    summary: "Whether the server answers; touches no database",
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
    summary: "The web page; its data calls carry an access token",
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
    auth: ["key", "license:read"],
    summary: "The license, as JSON or, with `Accept: application/x-pem-file`, the PEM verbatim",
  },
  {
    name: "licensePost",
    method: "POST",
    path: "/api/v1/license",
    function: "license",
    auth: ["key"],
    summary: "An operator starts: registers it and answers the license and a lease",
  },
  {
    name: "heartbeat",
    method: "POST",
    path: "/api/v1/heartbeat",
    function: "heartbeat",
    auth: ["key", "lease"],
    summary: "An operator is alive: renews its lease, takes its events, compares its live sessions",
  },
  {
    name: "sessionStart",
    method: "POST",
    path: "/api/v1/sessions",
    function: "sessions",
    auth: ["key", "lease"],
    summary: "A session starts: claims a seat if its user holds none",
  },
  {
    name: "sessionEnd",
    method: "POST",
    path: "/api/v1/sessions/{id}/end",
    function: "sessions",
    auth: ["key", "lease"],
    summary: "A session ended",
  },
  {
    name: "sessionList",
    method: "GET",
    path: "/api/v1/sessions",
    function: "admin",
    auth: ["key", "sessions:read"],
    summary: "Live sessions, paged, by namespace, user or cluster",
  },
  {
    name: "sessionKill",
    method: "DELETE",
    path: "/api/v1/sessions/{id}",
    function: "admin",
    auth: ["sessions:delete"],
    summary: "Asks a live session's operator to stop it",
  },
  {
    name: "sessionKillAll",
    method: "DELETE",
    path: "/api/v1/sessions",
    function: "admin",
    auth: ["sessions:deletecollection"],
    summary: "Asks for all live sessions to be stopped, or for those of a namespace, user or cluster",
  },
  {
    name: "operatorList",
    method: "GET",
    path: "/api/v1/operators",
    function: "admin",
    auth: ["key", "operators:read"],
    summary: "The operator instances: cluster, version, last heartbeat, lease, live sessions; paged",
  },
  {
    name: "seatList",
    method: "GET",
    path: "/api/v1/seats",
    function: "admin",
    auth: ["key", "seats:read"],
    summary: "The seats of the current period, paged; `?summary=true` is the cheap preflight",
  },
  {
    name: "seatRelease",
    method: "DELETE",
    path: "/api/v1/seats/{id}",
    function: "admin",
    auth: ["seats:delete"],
    summary: "Releases a seat now; its user's next session claims again",
  },
  {
    name: "auditList",
    method: "GET",
    path: "/api/v1/audit",
    function: "admin",
    auth: ["audit:read"],
    summary: "Who did what: claims, overages, denials, releases, kills, tokens, license swaps, key rotations; paged",
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
    summary: "The errors that operators reported, paged",
  },
  {
    name: "denialReport",
    method: "GET",
    path: "/api/v1/reports/denials",
    function: "reports",
    auth: ["key", "reports:read"],
    summary: "Refused demand per user and day, and the seats that would have been enough",
  },
] as const satisfies readonly Route[];

export type RouteName = (typeof ROUTES)[number]["name"];

/** The function behind API Gateway's `$default` route: it answers what no route matches. */
export const FALLBACK_FUNCTION = "fallback" satisfies FunctionName;

/**
 * The path under which API Gateway knows a route. An encoded slash arrives decoded there, and a plain `{id}` matches no
 * slash. So a greedy variable takes the place of the id and of what follows it, and `matchRoute` finds the route.
 */
export const apiGatewayPath = (route: Pick<Route, "path">): string => route.path.replace(/\{id\}.*$/, "{proxy+}");

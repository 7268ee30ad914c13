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
  /** `{id}` stands for one percent-encoded id, which may itself contain slashes once decoded. */
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

export type RouteMatch =
  | { found: true; route: (typeof ROUTES)[number]; id: string | undefined }
  | { found: false; allow: readonly Route["method"][] };

/**
 * Finds the route of a request. HTTP APIs hand the path over already decoded while other fronts leave it encoded, so an
 * id is decoded only where it still holds a percent sign (no id contains one), and it may contain slashes.
 * When nothing matches, `allow` holds the methods that the path does have: empty means 404, otherwise 405.
 */
export const matchRoute = (method: string, rawPath: string): RouteMatch => {
  const matches = ROUTES.flatMap((route) => {
    const match = PATTERNS[route.name].exec(rawPath);
    return match === null ? [] : [{ route, id: match[1] === undefined ? undefined : decodeId(match[1]) }];
  });
  const match = matches.find(({ route }) => route.method === method);
  if (match !== undefined) return { found: true, ...match };
  return { found: false, allow: [...new Set(matches.map(({ route }) => route.method))] };
};

/**
 * The path under which API Gateway knows a route. An encoded slash arrives decoded there, and a plain `{id}` matches no
 * slash, so the id's place becomes a greedy variable; `matchRoute` then tells the routes apart.
 */
export const apiGatewayPath = (route: Pick<Route, "path">): string => route.path.replace(/\{id\}.*$/, "{proxy+}");

const escapeRegExp = (text: string): string => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");

const PATTERNS = Object.fromEntries(
  ROUTES.map((route) => [route.name, new RegExp(`^${escapeRegExp(route.path).replace("{id}", "(.+)")}$`, "s")]),
) as Record<RouteName, RegExp>;

const decodeId = (text: string): string => {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

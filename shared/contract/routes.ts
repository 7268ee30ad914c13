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
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `{id}` is one percent-encoded id. Decoded, it may contain slashes. `{kind}/{name}` are two parts without slashes. */
  readonly path: string;
  readonly function: FunctionName;
  /** The credentials that open the route. Empty: the route is public. */
  readonly auth: readonly Credential[];
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
  },
  {
    name: "health",
    method: "GET",
    path: "/health",
    function: "public",
    auth: [],
  },
  {
    name: "openapi",
    method: "GET",
    path: "/openapi.json",
    function: "public",
    auth: [],
  },
  {
    name: "jwks",
    method: "GET",
    path: "/.well-known/jwks.json",
    function: "license",
    auth: [],
  },
  {
    name: "dashboard",
    method: "GET",
    path: "/dashboard",
    function: "dashboard",
    auth: [],
  },
  {
    name: "metrics",
    method: "GET",
    path: "/metrics",
    function: "metrics",
    auth: ["key", "metrics:read"],
  },
  {
    name: "licenseGet",
    method: "GET",
    path: "/api/v1/license",
    function: "license",
    auth: ["key", "license:read", "agent"],
  },
  {
    name: "licensePost",
    method: "POST",
    path: "/api/v1/license",
    function: "license",
    auth: ["key", "agent"],
  },
  {
    name: "heartbeat",
    method: "POST",
    path: "/api/v1/heartbeat",
    function: "heartbeat",
    auth: ["key", "lease", "agent"],
  },
  {
    name: "sessionStart",
    method: "POST",
    path: "/api/v1/sessions",
    function: "sessions",
    auth: ["key", "lease"],
  },
  {
    name: "sessionEnd",
    method: "POST",
    path: "/api/v1/sessions/{id}/end",
    function: "sessions",
    auth: ["key", "lease"],
  },
  {
    name: "sessionList",
    method: "GET",
    path: "/api/v1/sessions",
    function: "admin",
    auth: ["key", "sessions:read"],
  },
  {
    name: "sessionKill",
    method: "DELETE",
    path: "/api/v1/sessions/{id}",
    function: "admin",
    auth: ["sessions:delete"],
  },
  {
    name: "sessionKillAll",
    method: "DELETE",
    path: "/api/v1/sessions",
    function: "admin",
    auth: ["sessions:deletecollection"],
  },
  {
    name: "operatorList",
    method: "GET",
    path: "/api/v1/operators",
    function: "admin",
    auth: ["key", "operators:read"],
  },
  {
    name: "operatorRelease",
    method: "DELETE",
    path: "/api/v1/operators/{id}",
    function: "admin",
    auth: ["operators:delete"],
  },
  {
    name: "seatList",
    method: "GET",
    path: "/api/v1/seats",
    function: "admin",
    auth: ["key", "seats:read"],
  },
  {
    name: "seatRelease",
    method: "DELETE",
    path: "/api/v1/seats/{id}",
    function: "admin",
    auth: ["seats:delete"],
  },
  {
    name: "auditList",
    method: "GET",
    path: "/api/v1/audit",
    function: "admin",
    auth: ["audit:read"],
  },
  {
    name: "usageReport",
    method: "GET",
    path: "/api/v1/reports/usage",
    function: "reports",
    auth: ["key", "reports:read"],
  },
  {
    name: "usageTrends",
    method: "GET",
    path: "/api/v1/reports/usage/trends",
    function: "reports",
    auth: ["key", "reports:read"],
  },
  {
    name: "errorReport",
    method: "GET",
    path: "/api/v1/reports/errors",
    function: "reports",
    auth: ["key", "reports:read"],
  },
  {
    name: "denialReport",
    method: "GET",
    path: "/api/v1/reports/denials",
    function: "reports",
    auth: ["key", "reports:read"],
  },
  {
    name: "seatHistory",
    method: "GET",
    path: "/api/v1/seats/history",
    function: "reports",
    auth: ["key", "seats:read"],
  },
  {
    name: "seatForecast",
    method: "GET",
    path: "/api/v1/seats/forecast",
    function: "reports",
    auth: ["key", "seats:read"],
  },
  {
    name: "catalogList",
    method: "GET",
    path: "/api/v1/catalog",
    function: "policies",
    auth: ["policies:read", "lease", "agent"],
  },
  {
    name: "catalogStatus",
    method: "GET",
    path: "/api/v1/catalog/status",
    function: "policies",
    auth: ["policies:read"],
  },
  {
    name: "catalogApply",
    method: "POST",
    path: "/api/v1/catalog/apply",
    function: "policies",
    auth: ["policies:write"],
  },
  {
    name: "catalogPrune",
    method: "POST",
    path: "/api/v1/catalog/prune",
    function: "policies",
    auth: ["policies:write"],
  },
  {
    name: "catalogAccept",
    method: "POST",
    path: "/api/v1/catalog/accept",
    function: "policies",
    auth: ["policies:write"],
  },
  {
    name: "policyEvaluate",
    method: "POST",
    path: "/api/v1/policies/evaluate",
    function: "policies",
    auth: ["policies:read", "lease"],
  },
  {
    name: "policyImpact",
    method: "POST",
    path: "/api/v1/policies/impact",
    function: "policies",
    auth: ["policies:read"],
  },
  {
    name: "job",
    method: "GET",
    path: "/api/v1/jobs/{id}",
    function: "policies",
    auth: ["policies:read"],
  },
  {
    name: "catalogGet",
    method: "GET",
    path: "/api/v1/catalog/{kind}/{name}",
    function: "policies",
    auth: ["policies:read"],
  },
  {
    name: "catalogPut",
    method: "PUT",
    path: "/api/v1/catalog/{kind}/{name}",
    function: "policies",
    auth: ["policies:write"],
  },
  {
    name: "catalogDelete",
    method: "DELETE",
    path: "/api/v1/catalog/{kind}/{name}",
    function: "policies",
    auth: ["policies:write"],
  },
  {
    name: "catalogHistory",
    method: "GET",
    path: "/api/v1/catalog/{kind}/{name}/history",
    function: "policies",
    auth: ["policies:read"],
  },
  {
    name: "catalogRestore",
    method: "POST",
    path: "/api/v1/catalog/{kind}/{name}/restore",
    function: "policies",
    auth: ["policies:write"],
  },
] as const satisfies readonly Route[];

export type RouteName = (typeof ROUTES)[number]["name"];

/** The function behind API Gateway's `$default` route. It answers requests that no route matches. */
export const FALLBACK_FUNCTION = "fallback" satisfies FunctionName;

/** The variable part of a path. */
const PATH_ID = /\{id\}|\{kind\}\/\{name\}/;

/** Whether a path has a variable part. */
export const hasPathId = ({ path }: Pick<Route, "path">): boolean => PATH_ID.test(path);

/** Whether the variable part of a path is `{kind}/{name}`. */
export const isPairRoute = ({ path }: Pick<Route, "path">): boolean => path.includes("{kind}/{name}");

/** What is before and after the variable part of a path. `isPair`: that part is `{kind}/{name}`. */
export const aroundPathId = ({
  path,
}: Pick<Route, "path">): { head: string; tail: string; isPair: boolean } | undefined => {
  const [head = "", tail] = path.split(PATH_ID);
  return tail === undefined ? undefined : { head, tail, isPair: isPairRoute({ path }) };
};

/** A path with its variable part filled in. The id of a `{kind}/{name}` is both, with a slash between them. */
export const withPathId = ({ path }: Pick<Route, "path">, id: string): string => path.replace(PATH_ID, () => id);

/**
 * A route's path in API Gateway. There, an encoded slash arrives decoded, and a plain `{id}` matches no slash. So a greedy
 * variable replaces the id and what follows it, and `matchRoute` finds the route.
 */
export const apiGatewayPath = (route: Pick<Route, "path">): string =>
  route.path.replace(/\{(?:id|kind)\}.*$/, "{proxy+}");

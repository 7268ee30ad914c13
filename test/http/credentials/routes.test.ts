import { describe, expect, it } from "vitest";
import { ROUTES, type RouteName } from "../../../shared/contract/routes.ts";
import { SCOPES, type Scope } from "../../../shared/contract/scopes.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { type CallOptions, LICENSE_KEY } from "../../support/app.ts";
import { CATALOG_ROUTES, sendGood } from "../../support/requests.ts";
import { type Server, sharedServer } from "../../support/server.ts";
import { agentToken, leaseToken } from "../../support/tokens.ts";

const server = sharedServer();
const byKey = sharedServer({ env: { ADMIN_BY_LICENSE_KEY: "true" } });

type Class = "open" | 401 | 403;

/**
 * What each credential comes to. A function that verifies one kind of token only takes another for any text. `agent`: an
 * agent's token, used for its own instance.
 */
type Row = { key: Class; lease: Class; scopes: readonly string[]; otherScopes: Class; agent?: Class };

const ANYBODY: Row = { key: "open", lease: "open", scopes: SCOPES, otherScopes: "open" };
const OPERATORS: Row = { key: "open", lease: "open", scopes: [], otherScopes: 401 };
const agentsToo = (row: Row): Row => ({ ...row, agent: "open" });
const scoped = (scope: string): Row => ({ key: "open", lease: 401, scopes: [scope], otherScopes: 403 });
const admin = (scope: string): Row => ({ ...scoped(scope), key: 403 });

// Its function knows lease tokens, so one that opens nothing is a 403.
const policies = (scope: string): Row => ({ key: 403, lease: 403, scopes: [scope], otherScopes: 403 });

// Spelt out, so that a route that comes to be open to more is a thing to notice.
const TABLE: Record<RouteName, Row> = {
  root: ANYBODY,
  health: ANYBODY,
  openapi: ANYBODY,
  jwks: ANYBODY,
  licenseGet: agentsToo(scoped("license:read")),
  licensePost: agentsToo({ key: "open", lease: 401, scopes: [], otherScopes: 403 }),
  heartbeat: agentsToo({ ...OPERATORS, otherScopes: 403 }),
  sessionStart: OPERATORS,
  sessionEnd: OPERATORS,
  sessionList: scoped("sessions:read"),
  seatList: scoped("seats:read"),
  seatHistory: scoped("seats:read"),
  seatForecast: scoped("seats:read"),
  seatRelease: admin("seats:delete"),
  dashboard: ANYBODY,
  metrics: scoped("metrics:read"),
  sessionKill: admin("sessions:delete"),
  sessionKillAll: admin("sessions:deletecollection"),
  operatorList: scoped("operators:read"),
  operatorRelease: admin("operators:delete"),
  usageReport: scoped("reports:read"),
  usageTrends: scoped("reports:read"),
  errorReport: scoped("reports:read"),
  denialReport: scoped("reports:read"),
  auditList: admin("audit:read"),
  // Open to the agents of clusters; this operator and this agent are none.
  catalogList: policies("policies:read"),
  catalogStatus: policies("policies:read"),
  catalogGet: policies("policies:read"),
  catalogHistory: policies("policies:read"),
  policyEvaluate: { ...policies("policies:read"), lease: "open" },
  policyImpact: policies("policies:read"),
  job: policies("policies:read"),
  catalogApply: policies("policies:write"),
  catalogPrune: policies("policies:write"),
  catalogAccept: policies("policies:write"),
  catalogPut: policies("policies:write"),
  catalogDelete: policies("policies:write"),
  catalogRestore: policies("policies:write"),
};

const NAMES = ROUTES.map(({ name }) => name);
const ADMIN_ROUTES = NAMES.filter((name) => TABLE[name].key === 403 && !CATALOG_ROUTES.includes(name));

const classOf = async (app: Server, name: RouteName, options: CallOptions): Promise<Class | number> => {
  const answer = await sendGood(app, name, options);
  if (answer.status === 401) expectProblem(answer, 401, "Unauthorized");
  if (answer.status === 403) expectProblem(answer, 403, "Forbidden");
  // Only a caller with the right credential learns that the seat, the session or the policy does not exist, or that it does.
  return answer.status < 400 || [404, 428].includes(answer.status) ? "open" : answer.status;
};

describe.each(NAMES)("%s", (name) => {
  const row = TABLE[name];

  it.each(SCOPES)("is open or closed, as the table says, to an access token with %s alone", async (scope) => {
    const bearer = await server().accessToken([scope]);
    const expected = row.scopes.includes(scope) ? "open" : row.otherScopes;
    expect(await classOf(server(), name, { bearer })).toBe(expected);
  });

  it("is closed to an access token with every scope but its own", async () => {
    const others = SCOPES.filter((scope) => !row.scopes.includes(scope));
    if (others.length === 0) return;
    expect(await classOf(server(), name, { bearer: await server().accessToken(others) })).toBe(row.otherScopes);
  });

  it("is open or closed, as the table says, to the license key and to a lease token", async () => {
    expect(await classOf(server(), name, {})).toBe(row.key);
    expect(await classOf(server(), name, { bearer: await leaseToken(server()) })).toBe(row.lease);
  });

  it("is open or closed, as the table says, to an agent's token", async () => {
    const bearer = await agentToken(server(), "op-1");
    expect(await classOf(server(), name, { bearer })).toBe(row.agent ?? row.otherScopes);
  });
});

describe("the license key alone", () => {
  it("never opens the catalog", async () => {
    expect(CATALOG_ROUTES.length).toBeGreaterThanOrEqual(10);
    for (const name of CATALOG_ROUTES) expect(await classOf(byKey(), name, {})).toBe(403);
  });

  it("opens what takes a scope where the deployment says so, and nothing else comes to be open by it", async () => {
    expect(ADMIN_ROUTES.length).toBeGreaterThanOrEqual(2);
    for (const name of ADMIN_ROUTES) expect(await classOf(byKey(), name, {})).toBe("open");
    for (const name of ADMIN_ROUTES) expect(await classOf(byKey(), name, { key: "wrong" })).toBe(401);
    for (const name of ADMIN_ROUTES)
      expect(await classOf(byKey(), name, { bearer: await byKey().accessToken(["license:read"]) })).toBe(403);
  });
});

describe("the license key with an access token beside it", () => {
  const beside = async (name: RouteName, scope: Scope) =>
    classOf(server(), name, { key: LICENSE_KEY, bearer: await server().accessToken([scope], "the admin") });

  it("opens what either of the two opens, and nothing that neither does", async () => {
    expect(await beside("sessionKillAll", "sessions:deletecollection")).toBe("open");
    expect(await beside("auditList", "audit:read")).toBe("open");
    expect(await beside("sessionList", "audit:read")).toBe("open");
    expect(await beside("sessionKillAll", "sessions:delete")).toBe(403);
  });

  it("is no wrong credential where only the token is worthless, and opens what the key alone does", async () => {
    const worthless = { key: LICENSE_KEY, bearer: "not-a-token" };
    expect(await classOf(server(), "sessionList", worthless)).toBe("open");
    expect(await classOf(server(), "sessionKillAll", worthless)).toBe(403);
  });
});

describe("a wrong license key", () => {
  it("is not made good by an access token beside it", async () => {
    const bearer = await server().accessToken(["seats:read"]);
    expect(await classOf(server(), "seatList", { bearer, key: "wrong" })).toBe(401);
    expect(await classOf(server(), "seatList", { bearer, key: "" })).toBe(401);
  });
});

describe("license:read", () => {
  const terms = async (headers: Record<string, string> = {}) =>
    server().call("GET", "/api/v1/license", { bearer: await server().accessToken(["license:read"]), headers });

  it("gives the license's terms without the license file", async () => {
    const { license } = expectSuccess("licenseGet", await terms());
    const withPem = expectSuccess("licenseGet", await server().call("GET", "/api/v1/license")).license;
    expect(withPem.pem).toContain("-----BEGIN CERTIFICATE-----");
    const { pem: _pem, ...rest } = withPem;
    expect(license).toEqual(rest);
  });

  it.each(["application/x-pem-file", "application/json;q=0.5, application/x-pem-file", "Application/X-PEM-File"])(
    "is refused the license file, asked for with accept: %s",
    async (accept) => {
      const answer = expectProblem(await terms({ accept }), 403, "Forbidden");
      expect(answer.text).not.toContain("BEGIN");
    },
  );
});

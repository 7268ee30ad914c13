import { describe, expect, it } from "vitest";
import type {
  LicenseObject,
  OperatorListResponse,
  Problem,
  SeatListResponse,
} from "../../../shared/contract/responses.ts";
import { DAY_MS, type EpochMs, formatTime, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { connect } from "../../../tools/cli/connect.ts";
import { runChecks } from "../../../tools/cli/doctor/checks.ts";
import type { Settings } from "../../../tools/cli/settings.ts";
import type { System } from "../../../tools/cli/system.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");

type World = {
  license?: Partial<LicenseObject>;
  problem?: { status: number; code: string };
  serverTime?: EpochMs;
  seats?: Partial<SeatListResponse>;
  operators?: Partial<OperatorListResponse["operators"][number]>[];
  token?: string;
  /** The states of the clusters that apply the catalog, and how many entries are not applied. */
  catalog?: { states: string[]; entries: number };
};

/** What the doctor finds of a server in that state: `ok` names alone, all else with its words. */
const found = async (world: World): Promise<string[]> => {
  const settings: Settings = {
    url: "http://127.0.0.1:8080",
    credentials: { key: world.token === undefined ? "key" : undefined, token: world.token },
    stackPrefix: undefined,
    region: undefined,
    dataDir: undefined,
    output: "table",
    ignored: [],
  };
  const { stdin, stdout, stderr } = process;
  const fetch = async (url: string | URL | Request) => answerOf(world, new URL(String(url)).pathname);
  const system: System = { env: {}, stdin, stdout, stderr, fetch, now: () => NOW, sleep: async () => undefined };
  const checks = await runChecks(settings, connect(settings, system), system);
  return checks.map(({ result, name, found: words }) => (result === "ok" ? name : `${result} ${name}: ${words}`));
};

const answerOf = (world: World, path: string): Response => {
  const { problem, license, seats, operators = [{}] } = world;
  if (path === "/api/v1/license" && problem !== undefined) {
    const body: Partial<Problem> = { detail: "it is so", code: problem.code };
    return Response.json(body, { status: problem.status });
  }
  const bodies: Record<string, unknown> = {
    "/health": { status: "ok" },
    "/api/v1/license": {
      license: { status: "valid", name: "Acme", expire_at: "2027-06-30T00:00:00Z", valid_seconds: 864_000, ...license },
      server_time: formatTime(world.serverTime ?? NOW),
    },
    "/api/v1/seats": { used: 8, max: 25, overage: 0, ...seats },
    "/api/v1/operators": {
      operators: operators.map((each) => ({ instance_id: "op-1", cluster: "staging", state: "active", ...each })),
      next: null,
    },
  };
  if (world.catalog !== undefined)
    bodies["/api/v1/catalog/status"] = {
      revision: 7,
      clusters: world.catalog.states.map((state) => ({ state })),
      entries: Array.from({ length: world.catalog.entries }, () => ({})),
    };
  return Response.json(bodies[path] ?? {}, { status: path in bodies ? 200 : 404 });
};

const tokenUntil = (time: EpochMs) =>
  `h.${Buffer.from(JSON.stringify({ exp: time / SECOND_MS })).toString("base64url")}.s`;
const ALL = ["address", "tls", "reach", "credential", "clock", "license", "table", "operators"];
const with_ = (name: string, words: string) => ALL.map((each) => (each === name ? words : each));

describe("the doctor", () => {
  it("finds nothing where all is well", async () => {
    expect(await found({})).toEqual(ALL);
  });

  it.each([
    [["applied", "applied"], 0, ["policies"]],
    [[], 0, []],
    [["applied", "behind"], 0, ["warn policies: 1 of 2 clusters without revision 7"]],
    [["applied"], 2, ["warn policies: 2 objects not applied"]],
    [["silent"], 1, ["warn policies: 1 of 1 cluster without revision 7, 1 object not applied"]],
  ])("says whether the catalog is in force: clusters %j, %i entries not applied", async (states, entries, words) => {
    expect(await found({ catalog: { states, entries } })).toEqual([...ALL, ...words]);
  });

  it.each([
    ["clock", { serverTime: NOW - 2 * MINUTE_MS }, "warn clock: 2m ahead of the server's"],
    ["clock", { serverTime: NOW + 5 * MINUTE_MS }, "fail clock: 5m behind the server's"],
    ["license", { license: { status: "expiring" } }, "warn license: expiring: Acme, until 2027-06-30, 10 days left"],
    [
      "license",
      { license: { status: "expired", expire_at: "2026-11-20T05:00:00Z" } },
      "fail license: expired 3 hours ago: Acme, until 2026-11-20",
    ],
    ["license", { license: { status: "not_yet_valid" } }, "fail license: not yet valid: Acme, until 2027-06-30"],
    ["table", { seats: { used: 25 } }, "warn table: answers; 25 of 25 seats used"],
    ["table", { seats: { used: 27, overage: 2 } }, "warn table: answers; 27 of 25 seats used, 2 overages"],
    ["operators", { operators: [] }, "warn operators: none connected yet"],
    ["operators", { operators: [{ state: "gone" }] }, "warn operators: none connected yet"],
    ["operators", { operators: [{}, { state: "stale" }] }, "warn operators: 1 of 2 stale: staging"],
  ] as const)("finds fault with the %s alone where that is at fault", async (name, world, words) => {
    expect(await found(world as World)).toEqual(with_(name, words));
  });

  it("gives the advice of the failure itself, before its own", async () => {
    const { stdin, stdout, stderr } = process;
    const fetch = async () => {
      throw new TypeError("fetch failed", {
        cause: Object.assign(new Error("e"), { code: "ERR_SSL_WRONG_VERSION_NUMBER" }),
      });
    };
    const settings: Settings = {
      url: "http://127.0.0.1:8080",
      credentials: { key: "key", token: undefined },
      stackPrefix: undefined,
      region: undefined,
      dataDir: undefined,
      output: "table",
      ignored: [],
    };
    const system: System = { env: {}, stdin, stdout, stderr, fetch, now: () => NOW, sleep: async () => undefined };
    const reach = (await runChecks(settings, connect(settings, system), system)).find(({ name }) => name === "reach");
    expect(reach).toMatchObject({
      found: "http://127.0.0.1:8080 cannot be reached: the server does not use TLS",
      advice: "Is it an http:// address?",
    });
  });

  it("stops at a credential that is refused", async () => {
    expect(await found({ problem: { status: 401, code: "Unauthorized" } })).toEqual([
      ...ALL.slice(0, 3),
      "fail credential: it is so (401 Unauthorized)",
    ]);
  });

  it("goes on where the license is missing, or is not for this token", async () => {
    const token = tokenUntil(NOW + 30 * DAY_MS);
    expect(await found({ token, problem: { status: 403, code: "Forbidden" } })).toEqual([
      ...["address", "tls", "reach", "token", "warn license: not visible with this credential", "table", "operators"],
    ]);
    expect(await found({ problem: { status: 503, code: "LicenseMissing" } })).toEqual([
      ...["address", "tls", "reach", "fail license: it is so (503 LicenseMissing)", "table", "operators"],
    ]);
  });

  it.each([
    [500, "Internal"],
    [503, "Unavailable"],
  ])("does not take a %i %s for a fault of the license", async (status, code) => {
    expect(await found({ problem: { status, code } })).toEqual([
      ...["address", "tls", "reach", `fail server: it is so (${status} ${code})`, "table", "operators"],
    ]);
  });

  it.each([
    [tokenUntil(NOW + 60 * MINUTE_MS), "warn token: valid for 1h"],
    [tokenUntil(NOW), "fail token: has expired"],
    ["none", "fail token: not an access token"],
  ])("tells how long a token lasts", async (token, words) => {
    expect(await found({ token })).toContain(words);
  });

  it("warns if more installations are connected than a community license allows", async () => {
    const operators = ["a", "b", "b"].map((cluster) => ({ cluster, state: "active" as const }));
    const license = { edition: "community", max_operators: 1 } as const;
    const lines = await found({ license, operators });
    expect(lines.filter((line) => line.includes("slots"))).toEqual([
      "warn slots: max_operators is 1, but 2 installations are connected (a, b): 1 of them get no lease.",
    ]);
    expect(await found({ license: { ...license, max_operators: 2 }, operators })).toContain("slots");
    for (const none of [
      { max_operators: 1 },
      { ...license, edition: "premium" as const },
      { edition: "community" as const },
    ])
      expect((await found({ license: none, operators })).filter((line) => line.includes("slots"))).toEqual([]);
  });
});

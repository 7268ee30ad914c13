import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { RouteName } from "../../../shared/contract/routes.ts";
import { StoreUnavailable, type Table } from "../../../shared/store/table.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { BODY_ROUTES, goodRequest, sendGood } from "../../support/requests.ts";
import { serverPerTest } from "../../support/server.ts";

const ON_THE_TABLE: readonly RouteName[] = [
  "licensePost",
  "heartbeat",
  "sessionStart",
  "sessionEnd",
  "sessionList",
  "seatList",
  "usageReport",
];

/** A table of which every call fails the same way. */
const failing =
  (error: () => Error) =>
  (_real: Table): Table => {
    const fail = async () => {
      throw error();
    };
    return { get: fail, batchGet: fail, query: fail, queryPage: fail, write: fail, transact: fail, batchPut: fail };
  };

describe("where something unexpected happens inside", () => {
  const server = serverPerTest({
    around: failing(() => new TypeError("cannot read table-7f3 at /var/task/index.js:12:5 {secret: hush}")),
  });

  it.each(ON_THE_TABLE)("%s is a bare 500: all of it is in the log, under the request's id", async (name) => {
    const answer = expectProblem(await sendGood(server(), name), 500, "Internal");
    for (const word of ["hush", "table-7f3", "index.js"]) expect(answer.text).not.toContain(word);
    expect(server().logs).toContainEqual(
      expect.objectContaining({
        level: "ERROR",
        request_id: answer.json.request_id,
        error: expect.objectContaining({ name: "TypeError", stack: expect.stringContaining("hush") }),
      }),
    );
  });
});

describe("where the table cannot be reached", () => {
  const server = serverPerTest({ around: failing(() => new StoreUnavailable("DynamoDB: TimeoutError")) });

  it.each(ON_THE_TABLE)("%s is a 503 that asks to come back", async (name) => {
    expectProblem(await sendGood(server(), name), 503, "Unavailable");
    expect(server().logs.filter(({ level }) => level === "ERROR")).toEqual([]);
  });

  it("what needs no table answers", async () => {
    expectSuccess("health", await sendGood(server(), "health"));
    expectSuccess("jwks", await sendGood(server(), "jwks"));
    expectSuccess("licenseGet", await sendGood(server(), "licenseGet"));
    expect((await sendGood(server(), "openapi")).status).toBe(200);
  });
});

describe("where the signing keys cannot be read", () => {
  const server = serverPerTest();

  it.each<RouteName>(["jwks", "licensePost", "heartbeat"])("%s is a 503", async (name) => {
    await rm(server().seedPath);
    expectProblem(await sendGood(server(), name), 503, "Unavailable");
  });

  it("a warm function goes on with its last good copy for an hour, and says so", async () => {
    const operator = operatorAt(server());
    expectSuccess("heartbeat", await operator.beats([]));
    await rm(server().seedPath);
    server().clock.now += 59 * 60_000;
    expectSuccess("heartbeat", await operator.beats([]));
    expect(server().logs).toContainEqual(expect.objectContaining({ level: "WARN", age_ms: 59 * 60_000 }));
    server().clock.now += 60_000;
    expectProblem(await operator.beats([]), 503, "Unavailable");
  });
});

describe("where the table does not answer", () => {
  const never = () => new Promise<never>(() => {});
  const server = serverPerTest({
    around: () => ({
      get: never,
      batchGet: never,
      query: never,
      queryPage: never,
      write: never,
      transact: never,
      batchPut: never,
    }),
  });

  it.each(BODY_ROUTES)(
    "%s gives up with a 503 of its own, four seconds before the function is killed",
    async (name) => {
      const { path, body } = goodRequest(name, server().clock.now);
      const headers = { "content-type": "application/json" };
      const bytes = Buffer.from(JSON.stringify(body));
      expectProblem(await server().sendBytes(path, bytes, { headers, remainingMs: 4_005 }), 503, "Unavailable");
    },
  );
});

import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedItems } from "../../support/stored.ts";
import { expectSoundTable, storedSession } from "../../support/table-truth.ts";

/** What another function does before the denied sessions of the operator are read. */
let meanwhile: (() => Promise<unknown>) | undefined;
const server = serverPerTest({
  terms: { type: "teams", max_seats: 1, subscription_id: "sub-1" },
  around: (table) => ({
    ...table,
    query: async (query) => {
      const work = query.partition.startsWith("DENIED#") ? meanwhile : undefined;
      if (work !== undefined) meanwhile = undefined;
      await work?.();
      return table.query(query);
    },
  }),
});
const now = () => server().clock.now;
const registered = async (settings: Parameters<typeof agentAt>[1] = {}) => {
  const agent = agentAt(server(), settings);
  await agent.registers();
  return agent;
};
const seats = async () => expectSuccess("seatList", await server().call("GET", "/api/v1/seats")).seats ?? [];
const releaseFirst = async () => {
  const [seat] = await seats();
  const bearer = await server().accessToken(["seats:delete"]);
  expect((await server().call("DELETE", `/api/v1/seats/${seat?.id}`, { bearer })).status).toBe(204);
};
const record = (id: string) => storedSession(server(), id);
const flagged = async () =>
  (await storedItems(server())).filter(({ pk, hasDenied }) => pk === "OPERATORS" && hasDenied === true).length;
const denials = async () =>
  expectSuccess("denialReport", await server().call("GET", "/api/v1/reports/denials")).denials;

describe("a session that runs although it was denied", () => {
  it("is recorded with the moment of its denial, shown as denied and counted in the report", async () => {
    const agent = await registered();
    const start = agent.start("bo-1", "bo");
    server().clock.now += 3 * MINUTE_MS;
    await agent.beats(["ana-1"], { started: [agent.start("ana-1")] });
    const { json } = await agent.beats(["ana-1", "bo-1"], { started: [start] });
    expect(json).toMatchObject({ denied: [{ session_id: "bo-1", code: "MaxSeatCountReached" }], terminate: [] });
    const denied = await record("bo-1");
    expect(Date.parse(String(denied?.["deniedAt"])) - Date.parse(String(denied?.["startedAt"]))).toBe(3 * MINUTE_MS);
    const { sessions } = expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"));
    expect(sessions.map(({ id, denied_code }) => [id, denied_code]).sort()).toEqual([
      ["ana-1", null],
      ["bo-1", "MaxSeatCountReached"],
    ]);
    await agent.beats([], {
      ended: ["ana-1", "bo-1"].map((id) => ({ session_id: id, ended_at: new Date(now()).toISOString() })),
    });
    const report = expectSuccess("usageReport", await server().call("GET", "/api/v1/reports/usage?format=json"));
    expect(report.userMetrics.map(({ identifier, deniedSessionCount }) => [identifier, deniedSessionCount])).toEqual([
      ["SHA256:bo", 1],
      ["SHA256:ana", undefined],
    ]);
    await expectSoundTable(server());
  });

  it("is not denied in the answer to its start if another heartbeat has admitted it before that answer", async () => {
    const agent = await registered();
    await agent.beats(["ana-1"], { started: [agent.start("ana-1")] });
    meanwhile = async () => {
      await releaseFirst();
      expect((await operatorAt(server()).starts("bo-2", "bo")).status).toBe(201);
      await agent.beats(["ana-1", "bo-1"]);
    };
    const { json } = await agent.beats(["ana-1", "bo-1"], { started: [agent.start("bo-1", "bo")] });
    expect(await record("bo-1")).not.toHaveProperty("deniedCode");
    expect(json).toMatchObject({ accepted: ["bo-1"], denied: [], terminate: [] });
  });

  it("is denied no longer once its user has a seat, by whichever session and operator", async () => {
    const [agent, other] = [await registered(), await registered({ cluster: "b" })];
    await agent.beats(["ana-1", "bo-1"], { started: [agent.start("ana-1")] });
    await agent.beats(["ana-1", "bo-1"], { started: [agent.start("bo-1", "bo")] });
    expect(await flagged()).toBe(1);
    await releaseFirst();
    await agent.beats(["ana-1", "bo-1"]);
    expect(await record("bo-1")).toHaveProperty("deniedCode");
    await other.beats(["bo-2"], { started: [other.start("bo-2", "bo")] });
    await agent.beats(["ana-1", "bo-1"]);
    const [seat] = await seats();
    const judged = await record("bo-1");
    expect(judged?.["seatId"]).toBe(seat?.id);
    for (const field of ["deniedCode", "deniedAt"]) expect(judged).not.toHaveProperty(field);
    expect(await flagged()).toBe(0);
    expect((await storedItems(server())).filter(({ pk }) => String(pk).startsWith("DENIED#"))).toEqual([]);
    expect(await denials()).toBe(1);
  });

  it("is judged anew in each book, unless its agent stops it", async () => {
    const [agent, enforcing] = [await registered(), await registered({ cluster: "b", enforces: true })];
    await agent.beats(["ana-1"], { started: [agent.start("ana-1")] });
    await agent.beats(["ana-1", "bo-1"], { started: [agent.start("bo-1", "bo")] });
    await enforcing.beats(["cy-1"], { started: [enforcing.start("cy-1", "cy")] });
    server().clock.now += DAY_MS;
    await agent.beats(["bo-1"], { ended: [{ session_id: "ana-1", ended_at: new Date(now()).toISOString() }] });
    // The next period: the only seat is free again.
    server().clock.now += 31 * DAY_MS;
    await enforcing.beats(["cy-1"]);
    await agent.beats(["bo-1"]);
    expect((await seats()).map(({ kubernetes_username }) => kubernetes_username)).toEqual(["bo@example.com"]);
    expect(await record("bo-1")).not.toHaveProperty("deniedCode");
    expect(await record("cy-1")).toMatchObject({ deniedCode: "MaxSeatCountReached" });
  });

  it("keeps the moment of its denial where a later book denies it again, and is counted there", async () => {
    const agent = await registered();
    await agent.beats(["ana-1"], { started: [agent.start("ana-1")] });
    await agent.beats(["ana-1", "bo-1"], { started: [agent.start("bo-1", "bo")] });
    const before = await record("bo-1");
    server().clock.now += 31 * DAY_MS;
    await agent.beats(["ana-1", "bo-1"]);
    const after = await record("bo-1");
    expect(after?.["book"]).not.toBe(before?.["book"]);
    expect([after?.["deniedCode"], after?.["deniedAt"]]).toEqual([before?.["deniedCode"], before?.["deniedAt"]]);
    const counted = (await storedItems(server())).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    expect(counted.map(({ pk, denials: times }) => [pk, times])).toEqual([
      [before?.["book"], 1],
      [after?.["book"], 1],
    ]);
  });

  it("is judged by its seat where it was denied for an expired license only", async () => {
    const agent = await registered();
    const license = { type: "teams", max_seats: 1, subscription_id: "sub-1" };
    await server().setLicense(license, { notAfter: now() - DAY_MS, notBefore: now() - 3 * DAY_MS });
    server().clock.now += 2 * MINUTE_MS;
    const started = [
      agent.start("bo-1", "bo"),
      agent.start("ci-1", "bot", { session_kind: "ci" }),
      agent.start("cy-1", "cy"),
    ];
    await agent.beats(["bo-1", "ci-1", "cy-1"], { started });
    expect(await record("bo-1")).toMatchObject({ deniedCode: "LicenseExpired" });
    await server().setLicense(license);
    server().clock.now += 2 * MINUTE_MS;
    await agent.beats(["bo-1", "ci-1", "cy-1"]);
    const codes = [];
    for (const id of ["bo-1", "ci-1", "cy-1"]) codes.push((await record(id))?.["deniedCode"]);
    expect(codes).toEqual([undefined, undefined, "MaxSeatCountReached"]);
    expect(Date.parse(String((await record("cy-1"))?.["deniedAt"]))).toBe(now());
  });
});

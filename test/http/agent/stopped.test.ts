import { describe, expect, it } from "vitest";
import { formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import { type AgentSettings, agentAt } from "../../support/agent.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest({ terms: { type: "teams", max_seats: 1 } });
const wait = (ms = MINUTE_MS) => {
  server().clock.now += ms;
};
type Agent = ReturnType<typeof agentAt>;
const beat = async (by: Agent, listed: string[] | undefined, changes: object = {}) =>
  expectSuccess("heartbeat", await by.beats(listed, { ...changes }));
const stopped = (outcome: string, session_id = "s-1", detail = "no verb delete") => ({
  stopped: [{ session_id, outcome, detail }],
});
const remove = async (path: string) =>
  server().call("DELETE", `/api/v1/sessions${path}`, {
    bearer: await server().accessToken(["sessions:delete", "sessions:deletecollection"], "the admin"),
  });
const shown = async (id: string) =>
  expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions")).sessions.find(
    (session) => session.id === id,
  );
const audited = async () => {
  const bearer = await server().accessToken(["audit:read"]);
  const { entries } = expectSuccess("auditList", await server().call("GET", "/api/v1/audit", { bearer }));
  return entries.filter(({ action }) => action === "session.stop_refused");
};

/** An agent with the sessions of ana, the first of which is killed. */
const killed = async (settings: AgentSettings = {}): Promise<Agent> => {
  const by = agentAt(server(), settings);
  await by.registers();
  await beat(by, ["s-1", "s-2"], { started: [by.start("s-1"), by.start("s-2")] });
  wait();
  expect((await remove("/s-1")).status).toBe(202);
  return by;
};

describe("a request to stop a session", () => {
  it.each(["unsupported", "forbidden"])(
    "is closed by the outcome %s, with a row in the audit and a mark",
    async (outcome) => {
      const by = await killed();
      expect((await beat(by, ["s-1", "s-2"])).terminate).toEqual(["s-1"]);
      wait();
      expect((await beat(by, ["s-1", "s-2"], stopped(outcome))).terminate).toEqual([]);
      wait();
      expect((await beat(by, ["s-1", "s-2"])).terminate).toEqual([]);
      expect(await shown("s-1")).toMatchObject({ stop_refused: outcome, stopping: false });
      expect(await shown("s-2")).toMatchObject({ stop_refused: null, stopping: false });
      expect(await audited()).toEqual([
        expect.objectContaining({
          actor: by.instanceId,
          details: { session_id: "s-1", outcome, detail: "no verb delete" },
        }),
      ]);
    },
  );

  it("is closed once, however often the agent reports it", async () => {
    const by = await killed();
    for (let beats = 0; beats < 3; beats += 1) {
      wait();
      await beat(by, ["s-1", "s-2"], stopped("forbidden"));
    }
    expect(await audited()).toHaveLength(1);
  });

  it.each(["requested", "failed"])("stays open after the outcome %s", async (outcome) => {
    const by = await killed();
    wait();
    expect((await beat(by, ["s-1", "s-2"], stopped(outcome))).terminate).toEqual(["s-1"]);
    expect(await shown("s-1")).toMatchObject({ stop_refused: null, stopping: true });
    expect(await audited()).toEqual([]);
  });

  it.each(["/s-1", "?namespace=shop", ""])(
    "is open again after another kill (%s), until that is refused, too",
    async (path) => {
      const by = await killed();
      wait();
      await beat(by, ["s-1", "s-2"], stopped("forbidden"));
      wait();
      expect((await remove(path)).status).toBe(202);
      expect(await shown("s-1")).toMatchObject({ stop_refused: null, stopping: true });
      wait();
      expect((await beat(by, ["s-1", "s-2"])).terminate).toContain("s-1");
      wait();
      expect((await beat(by, ["s-1", "s-2"], stopped("unsupported"))).terminate).not.toContain("s-1");
      expect(await shown("s-1")).toMatchObject({ stop_refused: "unsupported" });
      expect(await audited()).toHaveLength(2);
    },
  );

  it("that nobody made is not closed, and its report marks nothing", async () => {
    const by = await killed();
    await beat(by, ["s-1", "s-2"], stopped("forbidden", "s-2"));
    expect(await shown("s-2")).toMatchObject({ stop_refused: null });
    expect(await audited()).toEqual([]);
  });

  it("is not closed by an agent that does not run the session", async () => {
    const by = await killed();
    const other = agentAt(server(), { cluster: "other" });
    await beat(other, [], stopped("forbidden"));
    expect((await beat(by, ["s-1", "s-2"])).terminate).toEqual(["s-1"]);
  });

  it("of a denied session is closed, too: it is not named again", async () => {
    const by = agentAt(server(), { enforces: true });
    await by.registers();
    const started = [by.start("s-1", "ana"), by.start("s-3", "cem")];
    await beat(by, ["s-1"], { started: [started[0]] });
    expect((await beat(by, ["s-1", "s-3"], { started: [started[1]] })).terminate).toEqual(["s-3"]);
    wait();
    expect((await beat(by, ["s-1", "s-3"], stopped("unsupported", "s-3"))).terminate).toEqual([]);
    wait();
    expect((await beat(by, ["s-1", "s-3"])).terminate).toEqual([]);
    expect(await audited()).toHaveLength(1);
  });

  it("with a fault is reported without the session's id, so that no event of the session is forgotten", async () => {
    const by = await killed();
    const ended = [{ session_id: "s-1", ended_at: formatTime(server().clock.now) }];
    const { accepted, rejected } = await beat(by, ["s-2"], { ended, ...stopped("exploded") });
    expect(accepted).toEqual(["s-1"]);
    expect(rejected).toEqual([
      { session_id: null, code: "BadRequest", detail: expect.stringContaining("stopped.0.outcome must be one of") },
    ]);
  });
});

describe("a preview environment", () => {
  const previews = async (settings: AgentSettings): Promise<Agent> => {
    const by = agentAt(server(), settings);
    await by.registers();
    const preview = { session_kind: "preview", client: undefined };
    await beat(by, ["p-1", "s-1"], { started: [by.start("p-1", "ana", preview), by.start("s-1")] });
    wait();
    return by;
  };

  it("cannot be killed if its agent may not stop any", async () => {
    const by = await previews({ killsPreviews: false });
    const { text } = expectProblem(await remove("/p-1"), 409, "Conflict");
    expect(text).toContain("KILL_PREVIEWS");
    expect((await beat(by, ["p-1", "s-1"])).terminate).toEqual([]);
    expect((await remove("/s-1")).status).toBe(202);
  });

  it.each(["", "?namespace=shop"])("is left out of a kill of many (%s), and named in `skipped`", async (query) => {
    const by = await previews({ killsPreviews: false });
    expect(expectSuccess("sessionKillAll", await remove(query), 202)).toEqual({ count: 1, skipped: ["p-1"] });
    expect((await beat(by, ["p-1", "s-1"])).terminate).toEqual(["s-1"]);
    // Nor by a process that may, after it was left out.
    const next = await previews({ killsPreviews: true, process: "next" });
    expect((await beat(next, ["p-1", "s-1"])).terminate).toEqual(["s-1"]);
  });

  it.each(["/p-1", "", "?namespace=shop"])("can be killed (%s) if its agent may stop it", async (path) => {
    const by = await previews({ killsPreviews: true });
    expect((await remove(path)).status).toBe(202);
    expect((await beat(by, ["p-1", "s-1"])).terminate).toContain("p-1");
  });

  it("of an operator can be killed, as ever", async () => {
    const operator = operatorAt(server());
    await operator.starts("p-1", "ana", { session_kind: "preview", client: undefined });
    expect((await remove("/p-1")).status).toBe(202);
    expect(expectSuccess("heartbeat", await operator.beats(["p-1"])).terminate).toEqual(["p-1"]);
  });
});

import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { agentAt } from "../../support/agent.ts";
import { expectSuccess } from "../../support/answers.ts";
import { serverPerTest } from "../../support/server.ts";
import { expectSoundTable, storedSession } from "../../support/table-truth.ts";
import { agentToken } from "../../support/tokens.ts";

const server = serverPerTest({ terms: { max_seats: 5 } });
const now = () => server().clock.now;
const time = (at: number) => new Date(at).toISOString();
const record = (id: string) => storedSession(server(), id);

/** A cluster whose agent has become silent, and the agent of another cluster with what it presents. */
const clusters = async (presents: "token" | "lease") => {
  const victim = agentAt(server(), { cluster: "victim" });
  await victim.registers();
  await victim.beats(["a.1", "a.2"], { started: [victim.start("a.1"), victim.start("a.2")] });
  await victim.beats(["a.1"], { ended: [{ session_id: "a.2", ended_at: time(now()), inferred: true }] });
  server().clock.now += 12 * HOUR_MS;
  const cluster = "other";
  const token = await agentToken(server(), `cluster-${cluster}`);
  const first = agentAt(server(), { cluster, credential: { bearer: token } });
  const { lease } = expectSuccess("licensePost", await first.registers());
  const bearer = presents === "token" ? token : (lease?.token ?? "");
  const other = agentAt(server(), { cluster, credential: { bearer } });
  return { victim, other, bearer };
};

describe.each(["token", "lease"] as const)("an agent with its %s", (presents) => {
  it("takes over no session of another cluster, however silent that is", async () => {
    const { victim, other } = await clusters(presents);
    const before = [await record("a.1"), await record("a.2")];
    const starts = ["a.1", "a.2"].map((id) => victim.start(id, "ana", { instance_id: other.instanceId }));
    const { json } = await other.beats(["a.1", "a.2"], { seq: now(), started: starts });
    expect(json.conflict.sort()).toEqual(["a.1", "a.2"]);
    expect(json.rejected).toMatchObject([{ code: "SessionConflict" }, { code: "SessionConflict" }]);
    expect([await record("a.1"), await record("a.2")]).toEqual(before);
    await expectSoundTable(server());
  });

  it("ends no session of another cluster, and invents none there", async () => {
    const { victim, other } = await clusters(presents);
    const before = [await record("a.1"), await record("a.2")];
    const ended = ["a.1", "a.2", "a.3"].map((id) => ({
      session_id: id,
      ended_at: time(now()),
      start: victim.start(id),
    }));
    const part = { ...victim.start("a.4", "ana", { parent_id: "mc-1", session_kind: "ci" }) };
    ended.push({ session_id: "a.4", ended_at: time(now()), start: part });
    const { json } = await other.beats([], { seq: now(), ended });
    expect(json.accepted).toEqual([]);
    expect(json.rejected).toHaveLength(4);
    expect([await record("a.1"), await record("a.2")]).toEqual(before);
    for (const id of ["a.3", "a.4", "mc-1"]) expect(await record(id)).toBeUndefined();
    await expectSoundTable(server());
  });
});

it("an agent's lease ends no session of another cluster over the route of ends", async () => {
  const { bearer } = await clusters("lease");
  const before = [await record("a.1"), await record("a.2")];
  for (const id of ["a.1", "a.2"]) {
    const body = { ended_at: time(now()) };
    expect((await server().call("POST", `/api/v1/sessions/${id}/end`, { bearer, body })).status).toBe(403);
  }
  expect([await record("a.1"), await record("a.2")]).toEqual(before);
});

it("a part of a multi-cluster session cannot name a session of another kind as the whole", async () => {
  const [victim, other] = [agentAt(server(), { cluster: "victim" }), agentAt(server(), { cluster: "other" })];
  await victim.beats(["aaaa.12345678"], { started: [victim.start("aaaa.12345678")] });
  const before = await record("aaaa.12345678");
  const child = { session_id: "b.1", parent_id: "aaaa.12345678", session_kind: "ci" };
  const start = other.start("b.1", "bo", { parent_id: "aaaa.12345678", session_kind: "ci" });
  const { json } = await other.beats([], { children: [child], started: [start] });
  expect(json.rejected).toHaveLength(2);
  server().clock.now += MINUTE_MS;
  expect(await record("aaaa.12345678")).toEqual(before);
});

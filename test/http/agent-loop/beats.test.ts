import { describe, expect, it } from "vitest";
import { formatTime, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { problem } from "../../support/agent-world/license-server.ts";
import { loopOn } from "../../support/agent-world/loop.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedSession } from "../../support/table-truth.ts";

const server = serverPerTest({ terms: { max_seats: 3 } });

const A = "aaaaaaaaaaaaaaaa";
const B = "bbbbbbbbbbbbbbbb";
const idOf = (uid: string): string => `${uid}.${uid.slice(0, 8)}`;
const live = async (): Promise<string[]> =>
  (await server().call("GET", "/api/v1/sessions")).json.sessions.map(({ id }: { id: string }) => id);

describe("the loop of an agent", () => {
  it("registers, and sends no list until every kind has a complete one", async () => {
    const agent = loopOn(server());
    agent.observe({ type: "listed", kind: "MirrordClusterSession", objects: [agent.session(A)] });
    await agent.pass(SECOND_MS);
    expect(agent.registrations()[0]?.body).toMatchObject({
      instance_id: agent.identity.instanceId,
      cluster_id: agent.identity.clusterId,
      cluster_name: "east",
      agent: { process_id: "process-1", enforces: false, applies_catalog: false, kills_previews: false },
    });
    expect(agent.registrations()[0]?.body).not.toHaveProperty("operator_version");
    const first = agent.beats()[0];
    expect(first?.body).not.toHaveProperty("sessions");
    expect(first?.answer["list"]).toBe("absent");
    expect(await live()).toEqual([idOf(A)]);
    agent.list({ MirrordClusterSession: [agent.session(A)] });
    await agent.pass(3 * SECOND_MS);
    expect(agent.beats().at(-1)?.body["sessions"]).toEqual([idOf(A)]);
    expect(agent.beats().at(-1)?.answer["list"]).toBe("taken");
  });

  it("numbers heartbeats from the server's time, whatever its own clock is", async () => {
    const agent = loopOn(server());
    agent.list();
    await agent.pass(MINUTE_MS);
    const seqs = agent.beats().map(({ body }) => body["seq"]);
    const begin = Date.parse(String(agent.registrations()[0]?.answer["server_time"]));
    expect(seqs).toEqual(seqs.map((_, index) => begin + 1 + index));
  });

  it("reports an event half a second later, events together, and at most one heartbeat every two seconds", async () => {
    const agent = loopOn(server());
    agent.list();
    await agent.pass(10 * SECOND_MS);
    const begin = server().clock.now;
    const before = agent.beats().length;
    agent.see("MirrordClusterSession", agent.session(A));
    await agent.pass(200);
    agent.see("MirrordClusterSession", agent.session(B));
    await agent.pass(700);
    agent.see("MirrordClusterSession", agent.session("cccccccccccccccc"));
    await agent.pass(10 * SECOND_MS);
    const times = agent
      .beats()
      .slice(before)
      .map(({ body }) => Date.parse(String(body["sent_at"])) - begin);
    expect(times).toEqual([500, 2_500]);
    const started = agent
      .beats()
      .slice(before)
      .map(({ body }) => (body["started"] as unknown[]).length);
    expect(started).toEqual([2, 1]);
  });

  it("reports nothing but its list in the interval of the lease if nothing changes", async () => {
    const agent = loopOn(server());
    agent.list();
    await agent.pass(5 * SECOND_MS);
    const before = agent.beats().length;
    await agent.pass(10 * MINUTE_MS);
    expect(agent.beats().length - before).toBeGreaterThan(7);
    expect(agent.beats().length - before).toBeLessThan(14);
    expect(agent.beats().at(-1)?.body).not.toHaveProperty("started");
  });

  it("answers unknown ids with their starts", async () => {
    const agent = loopOn(server());
    agent.list({ MirrordClusterSession: [agent.session(A)] });
    agent.outbox.delivered(idOf(A));
    await agent.pass(5 * SECOND_MS);
    expect(agent.beats()[0]?.answer["unknown"]).toEqual([idOf(A)]);
    expect(agent.beats()[1]?.body["started"]).toMatchObject([{ session_id: idOf(A) }]);
    expect(await live()).toEqual([idOf(A)]);
  });

  it("keeps events while the server is away, and delivers each once when it is back", async () => {
    const agent = loopOn(server());
    agent.list();
    await agent.pass(SECOND_MS);
    agent.mood.is = "away";
    const startedAt = server().clock.now;
    agent.see(
      "MirrordClusterSession",
      agent.session(A, { status: { connectedTimestamp: new Date(startedAt).toISOString() } }),
    );
    await agent.pass(10 * MINUTE_MS);
    agent.observe({ type: "deleted", kind: "MirrordClusterSession", object: agent.session(A) });
    expect(agent.troubles.current().get("server")).toMatch(/cannot be reached: no answer \(connect ECONNREFUSED\)/);
    agent.mood.is = "losesAnswers";
    await agent.pass(2 * MINUTE_MS);
    agent.mood.is = "well";
    await agent.pass(2 * MINUTE_MS);
    expect(agent.outbox.size()).toBe(0);
    expect(agent.troubles.current().size).toBe(0);
    expect(await storedSession(server(), idOf(A))).toMatchObject({ state: "ended" });
    const { json } = await server().call("GET", "/api/v1/reports/usage?format=json");
    expect(json.allTimeMetrics.totalSessionCount).toBe(1);
    const errors = await server().call("GET", "/api/v1/reports/errors");
    expect(errors.json.entries.map(({ error }: { error: string }) => error.slice(0, 5)).sort()).toEqual([
      "Over:",
      "The l",
    ]);
  });

  it("sends heartbeats while its registration is refused, and registers later", async () => {
    const agent = loopOn(server());
    agent.mood.instead = (path) =>
      path === "/api/v1/license" ? problem(server(), 403, "MaxOperatorsReached") : undefined;
    agent.list({ MirrordClusterSession: [agent.session(A)] });
    await agent.pass(5 * SECOND_MS);
    expect(await live()).toEqual([idOf(A)]);
    const seq = Number(agent.beats()[0]?.body["seq"]);
    expect(seq).toBe(Math.floor(Date.parse(String(agent.beats()[0]?.body["sent_at"])) / 1_000) * 1_000 + 1);
    expect(agent.troubles.current().get("registration")).toMatch(/MaxOperatorsReached/);
    delete agent.mood.instead;
    await agent.pass(MINUTE_MS);
    expect(agent.registrations().at(-1)?.status).toBe(200);
    expect(agent.troubles.current().size).toBe(0);
  });

  it("lets starts wait while the server has no license, and delivers ends", async () => {
    await server().setLicenseText(undefined);
    const agent = loopOn(server());
    agent.list();
    agent.see("MirrordClusterSession", agent.session(A));
    agent.see("MirrordClusterSession", agent.session(B));
    agent.observe({ type: "deleted", kind: "MirrordClusterSession", object: agent.session(B) });
    await agent.pass(3 * MINUTE_MS);
    expect(agent.registrations()[0]?.answer["code"]).toBe("LicenseMissing");
    expect(agent.beats().every(({ body }) => body["started"] === undefined)).toBe(true);
    expect(await storedSession(server(), idOf(B))).toMatchObject({ state: "ended" });
    await server().setLicense({ max_seats: 3 });
    await agent.pass(3 * MINUTE_MS);
    expect(await live()).toEqual([idOf(A)]);
    expect(agent.licenses.length).toBeGreaterThan(0);
  });

  it("fetches a license that was replaced", async () => {
    const agent = loopOn(server());
    agent.list();
    await agent.pass(2 * MINUTE_MS);
    expect(agent.licenses).toHaveLength(1);
    await server().setLicense({ max_seats: 4 });
    await agent.pass(3 * MINUTE_MS);
    expect(agent.licenses).toHaveLength(2);
    expect(agent.licenses[1]).not.toBe(agent.licenses[0]);
  });
});

describe("a second process", () => {
  it("makes the first one stop, with its events delivered", async () => {
    const first = loopOn(server());
    first.list({ MirrordClusterSession: [first.session(A)] });
    await first.pass(5 * SECOND_MS);
    const second = loopOn(server(), { identity: { processId: "process-2" } });
    second.list({ MirrordClusterSession: [second.session(A)] });
    await second.pass(5 * SECOND_MS);
    first.see("MirrordClusterSession", first.session(B));
    expect(await first.pass(5 * SECOND_MS)).toBe("superseded");
    expect(first.outbox.size()).toBe(0);
    expect(await second.pass(5 * SECOND_MS)).toBeUndefined();
  });

  it("continues from the server's number once, and reports it", async () => {
    const agent = loopOn(server());
    agent.list();
    await agent.pass(SECOND_MS);
    const body = agent.beats()[0]?.body ?? {};
    const ahead = Number(body["seq"]) + 1_000_000;
    await server().call("POST", "/api/v1/heartbeat", { body: { ...body, seq: ahead } });
    await agent.pass(3 * MINUTE_MS);
    expect(agent.beats().at(-1)?.answer["list"]).toBe("taken");
    expect(Number(agent.beats().at(-1)?.body["seq"])).toBeGreaterThan(ahead);
    expect(agent.lines.filter(({ message }) => /higher number/.test(String(message)))).toHaveLength(1);
    await server().call("POST", "/api/v1/heartbeat", {
      body: { ...body, seq: ahead * 2, sent_at: formatTime(server().clock.now) },
    });
    await agent.pass(3 * MINUTE_MS);
    expect(agent.beats().at(-1)?.answer["list"]).toBe("refused");
    expect(agent.troubles.current().get("seq")).toMatch(/Another agent runs for this cluster/);
  });
});

describe("a credential", () => {
  it("that is refused is read again, kept from being tried for five minutes, and used as soon as its file changes", async () => {
    const file = { content: "wrong-key" };
    const agent = loopOn(server(), { credential: { licenseKeyFile: "/key" }, readFile: () => file.content });
    agent.list({ MirrordClusterSession: [agent.session(A)] });
    await agent.pass(12 * MINUTE_MS);
    expect(agent.calls.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(agent.troubles.current().get("credential")).toMatch(/refuses the agent's credential: 401 Unauthorized/);
    expect(JSON.stringify(agent.lines)).not.toContain("wrong-key");
    file.content = "a-license-key-for-tests-0123456789";
    await agent.pass(20 * SECOND_MS);
    expect(await live()).toEqual([idOf(A)]);
    expect(agent.troubles.current().size).toBe(0);
  });

  it("is used as soon as its file changes, whoever else reads it first", async () => {
    const file = { content: "wrong-key" };
    const agent = loopOn(server(), { credential: { licenseKeyFile: "/key" }, readFile: () => file.content });
    await agent.pass(20 * SECOND_MS);
    file.content = "a-license-key-for-tests-0123456789";
    agent.credential.reload();
    await agent.pass(20 * SECOND_MS);
    expect(agent.calls.map(({ status }) => status)).toEqual([401, 200, 200]);
  });

  it("is changed for the license key where a server of the release before supports no tokens", async () => {
    const agent = loopOn(server(), {
      credential: { tokenFile: "/token", licenseKey: "a-license-key-for-tests-0123456789" },
      readFile: () => "a-token",
    });
    agent.mood.is = "before";
    agent.list();
    await agent.pass(5 * SECOND_MS);
    expect(agent.calls[0]?.headers).toMatchObject({ authorization: "Bearer a-token" });
    expect(agent.calls.at(-1)?.status).toBe(200);
  });
});

describe("a server of the release before", () => {
  it("gets complete lists alone, a version, a client for previews, and neither children nor stops", async () => {
    const agent = loopOn(server());
    agent.mood.is = "before";
    agent.see("MirrordClusterSession", agent.session(A));
    await agent.pass(2 * MINUTE_MS);
    expect(agent.registrations().map(({ status }) => status)).toEqual([400, 200]);
    expect(agent.registrations()[1]?.body["operator_version"]).toBe("0.0.0");
    expect(agent.beats()).toEqual([]);
    agent.stops.add({ session_id: idOf(A), outcome: "failed" });
    agent.list({ MirrordClusterSession: [agent.session(A)], PreviewSession: [agent.preview("p-1")] });
    await agent.pass(5 * SECOND_MS);
    expect(agent.beats().every(({ status }) => status === 200)).toBe(true);
    expect(await live()).toEqual(expect.arrayContaining([idOf(A), "preview.p-1"]));
    expect(agent.beats().every(({ body }) => body["stopped"] === undefined)).toBe(true);
    agent.operator.version = "3.196.0";
    agent.list({ MirrordClusterSession: [agent.session(A)] });
    await agent.pass(5 * SECOND_MS);
    expect(await live()).toEqual([idOf(A)]);
    expect(agent.beats().at(-1)?.body["operator_version"]).toBe("3.196.0");
  });

  it("does not make an agent stop what it denies", async () => {
    await server().setLicense({ max_seats: 0 });
    const agent = loopOn(server());
    agent.mood.is = "before";
    agent.list({ MirrordClusterSession: [agent.session(A)] });
    await agent.pass(5 * SECOND_MS);
    expect(agent.denied).toEqual([`${idOf(A)} MaxSeatCountReached`]);
    expect(agent.terminated.flat()).toEqual([]);
  });
});

describe("a heartbeat", () => {
  it("has the children of multi-cluster sessions, whose kind the server then knows", async () => {
    const agent = loopOn(server());
    const parent = agent.parent("mmmmmmmmmmmmmmmm", { name: "mc-0123456789abcdef" });
    const child = agent.session(A, {
      spec: { multiClusterParentName: "mc-0123456789abcdef", ciInfo: {}, key: "pr-7" },
    });
    agent.list({ MirrordMultiClusterSession: [parent], MirrordClusterSession: [child] });
    await agent.pass(20 * SECOND_MS);
    expect(agent.beats().at(-1)?.body).toMatchObject({
      sessions: ["mc-0123456789abcdef"],
      children: [{ session_id: idOf(A), parent_id: "mc-0123456789abcdef", session_kind: "ci", key: "pr-7" }],
    });
    const { sessions } = (await server().call("GET", "/api/v1/sessions")).json;
    expect(sessions).toMatchObject([{ id: "mc-0123456789abcdef", ci: true }]);
  });

  it("has no list where more sessions are live than one holds, because a list that lacks some would end them", async () => {
    const agent = loopOn(server());
    const uid = (index: number): string => index.toString(16).padStart(16, "0");
    const objects = Array.from({ length: 5_001 }, (_, index) => agent.session(uid(index)));
    agent.list({ MirrordClusterSession: objects });
    for (const id of agent.sessions.view().list ?? []) agent.outbox.delivered(id);
    await agent.pass(SECOND_MS);
    expect(agent.beats()[0]?.status).toBe(200);
    expect(agent.beats()[0]?.body).not.toHaveProperty("sessions");
    expect(agent.troubles.current().get("list")).toMatch(/More than 5000 sessions are live/);
    // The request is what counts here; the server would look up every session.
    agent.mood.instead = () => problem(server(), 503, "Unavailable");
    agent.observe({ type: "deleted", kind: "MirrordClusterSession", object: objects[0] });
    await agent.pass(3 * SECOND_MS);
    expect(agent.beats().at(-1)?.body["sessions"]).toHaveLength(5_000);
    expect(agent.troubles.current().has("list")).toBe(false);
  });
});

describe("what the server asks to stop", () => {
  it("reaches the agent with the next heartbeat, and what became of it the server", async () => {
    const agent = loopOn(server());
    agent.list({ MirrordClusterSession: [agent.session(A)] });
    await agent.pass(5 * SECOND_MS);
    const bearer = await server().accessToken(["sessions:delete"]);
    expect((await server().call("DELETE", `/api/v1/sessions/${idOf(A)}`, { bearer })).status).toBe(202);
    await agent.pass(2 * MINUTE_MS);
    expect(agent.terminated.at(-1)).toEqual([idOf(A)]);
    agent.stops.add({ session_id: idOf(A), outcome: "forbidden", detail: "403 Forbidden" });
    agent.loop.wake();
    await agent.pass(3 * SECOND_MS);
    expect(agent.beats().at(-1)?.body["stopped"]).toEqual([
      { session_id: idOf(A), outcome: "forbidden", detail: "403 Forbidden" },
    ]);
    expect(agent.stops.waiting(9)).toEqual([]);
  });
});

describe("an answer that is not one of a license server", () => {
  const heartbeat = { accepted: [], rejected: [], denied: [], terminate: [], unknown: [], conflict: [], license: null };
  it.each<[string, object]>([
    ["an object without fields", {}],
    ["lists of another type", { ...heartbeat, lease: null, accepted: 5, server_time: "2026-11-20T08:00:00Z" }],
    ["no time", { ...heartbeat, lease: null, server_time: "soon" }],
    ["a number that is none", { ...heartbeat, lease: null, seq: 1e300, server_time: "2026-11-20T08:00:00Z" }],
    ["an interval that is none", { ...heartbeat, lease: {}, server_time: "2026-11-20T08:00:00Z" }],
  ])("is one clear line, and events are kept: %s", async (_, answer) => {
    const agent = loopOn(server());
    agent.list({ MirrordClusterSession: [agent.session(A)] });
    agent.mood.instead = () => Response.json(answer);
    await agent.pass(10 * MINUTE_MS);
    const errors = agent.lines.filter(({ level }) => level === "ERROR").map(({ message }) => String(message));
    expect(errors).toHaveLength(2);
    for (const error of errors) expect(error).toMatch(/The answer is not one of a license server .*LICENSE_SERVER_URL/);
    delete agent.mood.instead;
    await agent.pass(2 * MINUTE_MS);
    expect(await live()).toEqual([idOf(A)]);
    expect(agent.troubles.current().size).toBe(0);
  });

  it("has no interval that makes the agent busy, or silent for more than an hour", async () => {
    const agent = loopOn(server());
    agent.list();
    agent.mood.intervalSecs = 0;
    await agent.pass(MINUTE_MS);
    expect(agent.beats().length).toBeLessThan(35);
    agent.mood.intervalSecs = 1e12;
    await agent.pass(3 * SECOND_MS);
    const before = agent.beats().length;
    await agent.pass(61 * MINUTE_MS);
    expect(agent.beats().length).toBeGreaterThan(before);
  });

  it("asks for no pause above an hour and a quarter", async () => {
    const agent = loopOn(server());
    agent.mood.instead = () => problem(server(), 503, "Unavailable", { "retry-after": "9".repeat(400) });
    await agent.pass(SECOND_MS);
    delete agent.mood.instead;
    agent.list();
    await agent.pass(75 * MINUTE_MS);
    expect(agent.beats().length).toBeGreaterThan(0);
  });
});

describe("a heartbeat with the longest texts", () => {
  it("is within the limits of the server, and delivers them all in the end", async () => {
    const agent = loopOn(server());
    agent.list();
    await agent.pass(5 * SECOND_MS);
    for (let place = 0; place < 200; place += 1) {
      agent.troubles.begin(`cause-${place}`, `${place}\n${"\u20ac".repeat(1_000_000)}`);
      agent.stops.add({ session_id: `s-${place}`, outcome: "failed", detail: "\u20ac".repeat(1_024) });
    }
    agent.see("MirrordClusterSession", agent.session(A));
    await agent.pass(30 * MINUTE_MS);
    expect(agent.beats().every(({ status }) => status === 200)).toBe(true);
    expect(agent.outbox.size()).toBe(0);
    expect(agent.stops.waiting(1)).toEqual([]);
    expect(agent.beats().flatMap(({ answer }) => answer["rejected"])).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { GONE_MS } from "../../support/reaper-world.ts";
import { type Server, serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";

const admin = async (server: Server, method: string, path: string) =>
  server.call(method, path, { bearer: await server.accessToken(SCOPES, "lead@example.com") });
const lists = async (server: Server) => ({
  sessions: expectSuccess("sessionList", await admin(server, "GET", "/api/v1/sessions")).sessions,
  seats: expectSuccess("seatList", await admin(server, "GET", "/api/v1/seats")).seats ?? [],
  audit: expectSuccess("auditList", await admin(server, "GET", "/api/v1/audit")).entries,
});

describe("a deployment that strips a pattern from names", () => {
  const server = serverPerTest({ env: { DISPLAY_NAME_STRIP: "@.*$|-laptop$" } });

  it("shows them without it, and two people whose names become equal stay two", async () => {
    const under = operatorAt(server());
    await under.starts("s-1", "ana");
    await under.starts("s-2", "eve", {
      client: { id: "SHA256:eve", hostname: "eve-laptop", username: "eve", kubernetes_username: "ana@other.com" },
    });
    const { sessions, seats, audit } = await lists(server());
    expect(sessions.map(({ user, user_id }) => ({ user, user_id }))).toEqual([
      { user: "ana/ana@ana", user_id: "SHA256:ana" },
      { user: "eve/ana@eve", user_id: "SHA256:eve" },
    ]);
    expect(seats.map(({ kubernetes_username }) => kubernetes_username)).toEqual(["ana", "ana"]);
    const claimed = audit.filter(({ action }) => action === "seat.claimed").map(({ details }) => details);
    expect(claimed).toMatchObject([{ kubernetes_username: "ana" }, { kubernetes_username: "ana" }]);
  });

  it("is still asked for people by their true names", async () => {
    await operatorAt(server()).starts("s-1", "ana");
    const of = async (user: string) =>
      expectSuccess("sessionList", await admin(server(), "GET", `/api/v1/sessions?user=${user}`)).sessions.length;
    expect(await of("ana%40example.com")).toBe(1);
    expect(await of("nobody")).toBe(0);
  });
});

describe("a deployment that shows pseudonyms only", () => {
  const server = serverPerTest({ env: { PSEUDONYMS_ONLY: "true" } });
  const NAMES = /ana|eve|lead|example|laptop|SHA256/;

  it("shows no name of a person or a machine in any list, and the same pseudonym in all of them", async () => {
    const under = operatorAt(server());
    await under.starts("s-1", "ana", { key: "ana-try" });
    server().clock.now += MINUTE_MS;
    await under.starts("s-2", "eve");
    const [seat] = (await lists(server())).seats;
    expect((await admin(server(), "DELETE", `/api/v1/seats/${seat?.id}`)).status).toBe(204);
    expect((await admin(server(), "DELETE", "/api/v1/sessions/s-1")).status).toBe(202);
    await admin(server(), "DELETE", "/api/v1/sessions?user=eve");
    const { sessions, seats, audit } = await lists(server());
    expect(JSON.stringify({ sessions, seats, audit })).not.toMatch(NAMES);
    const user = String(seat?.kubernetes_username);
    expect(user).toMatch(/^user-[0-9a-f]{12}$/);
    expect(sessions[0]?.user).toContain(`/${user}@machine-`);
    expect(audit.map(({ details }) => details["kubernetes_username"])).toContain(user);
    expect(audit.find(({ action }) => action === "session.kill")?.actor).toMatch(/^user-/);
    const hidden = await storedUnder(server(), "SEATS#");
    expect(hidden.map(({ sk }) => String(sk))).not.toContain(`SEAT#${seat?.id}`);
  });

  it("knows people by their pseudonyms alone: nobody finds out whose one is by trying names", async () => {
    const under = operatorAt(server());
    await under.starts("s-1", "ana");
    await under.starts("s-2", "eve");
    const { sessions } = await lists(server());
    const of = async (user: string) =>
      expectSuccess("sessionList", await admin(server(), "GET", `/api/v1/sessions?user=${user}`)).sessions;
    for (const name of ["ana", "ana%40example.com", "SHA256:ana"]) expect(await of(name)).toEqual([]);
    const pseudonym = String(sessions[0]?.user_id);
    expect((await of(pseudonym)).map(({ id }) => id)).toEqual(["s-1"]);
    expect((await admin(server(), "DELETE", "/api/v1/sessions?user=ana")).json).toEqual({ count: 0 });
    expect((await admin(server(), "DELETE", `/api/v1/sessions?user=${pseudonym}`)).json).toEqual({ count: 1 });
    const trueSeat = (await storedUnder(server(), "SEATS#"))
      .map(({ sk }) => String(sk))
      .find((sk) => sk.startsWith("SEAT#"))
      ?.slice("SEAT#".length);
    expect((await admin(server(), "DELETE", `/api/v1/seats/${encodeURIComponent(String(trueSeat))}`)).status).toBe(404);
  });

  it("makes its key once, whoever comes first, and keeps it", async () => {
    await operatorAt(server()).starts("s-1", "ana");
    await Promise.all([1, 2, 3, 4].map(() => admin(server(), "GET", "/api/v1/sessions")));
    const kept = (await storedUnder(server(), "SERVER")).filter(({ sk }) => sk === "PSEUDONYMS");
    expect(kept).toHaveLength(1);
    expect(Buffer.from(String(kept[0]?.["key"]), "base64url")).toHaveLength(32);
  });

  it("names no person and no machine in the log, and still says which session started, ended and was lost", async () => {
    const under = operatorAt(server());
    await under.starts("s-1", "ana");
    await under.beats(["s-1", "s-2"], { started: [under.start("s-2", "eve")] });
    await under.beats(["s-2"], { ended: [{ session_id: "s-1", ended_at: formatTime(server().clock.now) }] });
    server().clock.now += GONE_MS;
    await server().invoke("reaper");
    await under.ends("s-2");
    expect(JSON.stringify(server().logs)).not.toMatch(/\b(ana|eve)\b|example|laptop|SHA256/);
    const told = server().logs.filter(({ message }) => /^session (start|end|lost)$/i.test(String(message)));
    expect(told.map(({ message, session_id }) => [message, session_id])).toEqual([
      ["Session Start", "s-1"],
      ["Session Start", "s-2"],
      ["Session End", "s-1"],
      ["session lost", "s-2"],
      ["Session End", "s-2"],
    ]);
    for (const line of told)
      expect(line).toMatchObject({ target: "deployment/checkout", instance_id: "op-1", ci: false });
  });

  it("shows true names to operators, which work with them", async () => {
    const { seat } = expectSuccess("sessionStart", await operatorAt(server()).starts("s-1", "ana"), 201);
    const stored = await storedUnder(server(), "SEATS#");
    expect(stored.map(({ sk }) => sk)).toContain(`SEAT#${seat?.id}`);
  });
});

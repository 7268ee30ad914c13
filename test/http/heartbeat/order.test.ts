import { describe, expect, it } from "vitest";
import { operatorKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedSession } from "../../support/table-truth.ts";

const server = serverPerTest();
const operator = (id?: string) => operatorAt(server(), id);
const wait = (ms: number) => {
  server().clock.now += ms;
};
const liveIds = async () =>
  expectSuccess("sessionList", await server().call("GET", "/api/v1/sessions"))
    .sessions.map(({ id }) => id)
    .toSorted();
const beat = async (op: ReturnType<typeof operator>, listed: string[], changes: object) =>
  expectSuccess("heartbeat", await op.beats(listed, { ...changes }));
const sentAt = (skewMs: number) => ({ sent_at: formatTime(server().clock.now + skewMs) });

const HUGE = Number.MAX_SAFE_INTEGER;

/** An operator with a session of ten minutes' age, whose last heartbeat had a number that no later one reaches. */
const deaf = async (changes: object = {}) => {
  const op = operator();
  await op.registers();
  await op.starts("s-1");
  wait(10 * MINUTE_MS);
  await beat(op, ["s-1"], { seq: HUGE, ...changes });
  return op;
};

describe("a heartbeat whose number is not above the noted one", () => {
  it("is answered with the noted number, and that its list was refused", async () => {
    const op = await deaf();
    wait(MINUTE_MS);
    expect(await beat(op, [], { seq: 2 })).toMatchObject({
      seq: HUGE,
      list: "refused",
      lease: { token: expect.any(String) },
    });
    expect(await liveIds()).toEqual(["s-1"]);
    const counted = server().logs.filter(({ ListsRefused }) => ListsRefused === 1);
    expect(counted).toEqual([expect.objectContaining({ instance_id: "op-1" })]);
  });

  it("still reports its events, and still receives what to stop", async () => {
    const op = await deaf();
    await op.starts("s-2");
    const bearer = await server().accessToken(["sessions:delete"]);
    expect((await server().call("DELETE", "/api/v1/sessions/s-1", { bearer })).status).toBe(202);
    wait(MINUTE_MS);
    const ended = [{ session_id: "s-2", ended_at: formatTime(server().clock.now) }];
    const body = await beat(op, ["s-1"], { seq: 2, ended });
    expect(body).toMatchObject({ accepted: ["s-2"], terminate: ["s-1"], list: "refused" });
  });

  it("counts once it was sent more than five minutes after the noted one", async () => {
    const op = await deaf();
    wait(5 * MINUTE_MS);
    expect(await beat(op, [], { seq: 2 })).toMatchObject({ seq: HUGE, list: "refused" });
    wait(1);
    const body = await beat(op, [], { seq: 3 });
    expect(body.seq).toBe(3);
    expect(body.list).toBe("taken");
    expect(await liveIds()).toEqual([]);
  });

  it("counts as soon after a heartbeat whose time was far ahead as after any other", async () => {
    const op = await deaf({ sent_at: "3000-01-01T00:00:00Z" });
    wait(5 * MINUTE_MS + 1);
    expect((await beat(op, [], { seq: 2 })).seq).toBe(2);
  });

  it("counts at once after the instance has registered", async () => {
    const op = await deaf();
    wait(MINUTE_MS);
    expect(expectSuccess("licensePost", await op.registers()).seq).toBe(0);
    expect((await beat(op, [], { seq: 1 })).seq).toBe(1);
    expect(await liveIds()).toEqual([]);
  });

  it("counts at once after the instance has registered, when an operator numbers from 0", async () => {
    const op = await deaf();
    await op.registers();
    const body = await beat(op, ["s-1"], { seq: 0 });
    expect(body.seq).toBe(0);
    expect(body.list).toBe("taken");
  });

  it("counts five minutes later where an earlier release noted no time of sending", async () => {
    const op = await deaf();
    await server().table.write({ kind: "update", key: operatorKey("op-1"), update: { expression: "REMOVE sentAt" } });
    wait(5 * MINUTE_MS);
    expect((await beat(op, ["s-1"], { seq: 2 })).list).toBe("refused");
    wait(1);
    expect((await beat(op, ["s-1"], { seq: 3 })).seq).toBe(3);
  });

  it("is the noted one itself when it arrives again", async () => {
    const op = operator();
    await beat(op, [], { seq: 7, ...sentAt(0) });
    const packet = sentAt(0);
    await beat(op, [], { seq: 8, ...packet });
    const again = await beat(op, [], { seq: 8, ...packet });
    expect(again.list).toBe("taken");
    expect((await beat(op, [], { seq: 8, ...sentAt(1) })).list).toBe("refused");
  });
});

describe("an instance whose lists are refused", () => {
  it("keeps its sessions for as long as it beats, and they end as last listed once it falls silent", async () => {
    const op = await deaf();
    const lastListed = server().clock.now;
    // Set back by four days and numbered anew: nothing of it is clearly later for as long.
    for (let hour = 0; hour < 50; hour += 1) {
      wait(HOUR_MS);
      expect((await beat(op, ["s-1"], { seq: hour, ...sentAt(-4 * DAY_MS) })).list).toBe("refused");
    }
    await server().invoke("reaper");
    expect(await liveIds()).toEqual(["s-1"]);
    wait(48 * HOUR_MS + 1);
    await server().invoke("reaper");
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", endedAt: formatTime(lastListed) });
  });

  it("is not stale, and its sessions are not taken over", async () => {
    const op = await deaf();
    for (let minute = 0; minute < 4; minute += 1) {
      wait(MINUTE_MS);
      await beat(op, ["s-1"], { seq: 1 });
    }
    expect((await beat(operator("op-2"), ["s-1"], {})).conflict).toEqual(["s-1"]);
    const [shown] = expectSuccess("operatorList", await server().call("GET", "/api/v1/operators")).operators;
    expect(shown).toMatchObject({ state: "active", last_heartbeat: formatTime(server().clock.now) });
  });
});

describe("the registration of a known instance", () => {
  it("is no heartbeat: what the instance leaves out afterwards ended when it was last listed", async () => {
    const op = operator();
    await op.registers();
    await op.starts("s-1");
    wait(10 * MINUTE_MS);
    const lastListed = server().clock.now;
    await beat(op, ["s-1"], {});
    wait(30 * MINUTE_MS);
    await op.registers();
    const [shown] = expectSuccess("operatorList", await server().call("GET", "/api/v1/operators")).operators;
    expect(shown).toMatchObject({ state: "active", last_heartbeat: formatTime(lastListed) });
    wait(MINUTE_MS);
    await beat(op, [], { seq: 1 });
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", endedAt: formatTime(lastListed) });
  });

  it("does not keep the sessions of an instance that sends no heartbeat any more", async () => {
    const op = operator();
    await op.starts("s-1");
    wait(10 * MINUTE_MS);
    const lastListed = server().clock.now;
    await beat(op, ["s-1"], {});
    for (let hour = 0; hour <= 48; hour += 1) {
      wait(HOUR_MS);
      await op.registers();
    }
    await server().invoke("reaper");
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", endedAt: formatTime(lastListed) });
  });
});

describe("the first heartbeat of an instance", () => {
  it.each([
    ["without a registration", false],
    ["after a registration", true],
  ])("%s ends a session that it does not list at that session's start", async (_how, registers) => {
    const op = operator();
    const startedAt = server().clock.now;
    await op.starts("s-1");
    wait(10 * MINUTE_MS);
    if (registers) await op.registers();
    wait(MINUTE_MS);
    await beat(op, [], {});
    expect(await storedSession(server(), "s-1")).toMatchObject({
      state: "lost",
      seconds: 0,
      endedAt: formatTime(startedAt),
    });
  });
});

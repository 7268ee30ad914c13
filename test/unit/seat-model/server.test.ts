import { describe, expect, it } from "vitest";
import { createSeatServer, type License, type Start } from "../../support/seat-model/server.ts";
import { DEFAULTS, type SeatSettings } from "../../support/seat-model/settings.ts";
import { isLost, isOutage } from "../../support/seat-model/silence.ts";
import { hasSlot, sharesOf } from "../../support/seat-model/slots.ts";

const MINUTE = 60_000;
const LICENSE: License = { name: "acme", max: 1, overageAllowed: false };

const serverOf = (settings: Partial<SeatSettings>, license: Partial<License> = {}) => {
  const server = createSeatServer({
    license: { ...LICENSE, ...license },
    settings: { ...DEFAULTS, ...settings },
    holderOf: ({ machine }) => machine,
    periodStart: (now) => (now < 1_000 * MINUTE ? "first" : "second"),
  });
  server.become({}, 0);
  server.sweep(0);
  return server;
};

const start = (id: string, machine: string, more: Partial<Start> = {}): Start => ({
  ...{ id, machine, user: machine, instance: "op", namespace: "shop", kind: "user", startedAt: 0 },
  ...more,
});
const first = (from: readonly string[]): string => from[0] ?? "nobody";
const floating = { mode: "floating" } as const;
const held = (server: ReturnType<typeof serverOf>, minutes: number) =>
  [...server.book(minutes * MINUTE).values()].map(({ holder, live }) => `${holder} ${[...live]}`);

describe("the server of the reference model", () => {
  it("gives a floating seat on after the grace, and a denied session holds nothing", () => {
    const server = serverOf(floating);
    expect(server.start(start("s1", "ana"), "asks", 0, first)).toBe("created");
    expect(server.start(start("s2", "bo"), "runs", MINUTE, first)).toBe("MaxSeatCountReached");
    server.end("s1", 2 * MINUTE);
    expect(server.start(start("s3", "cy"), "asks", 16 * MINUTE, first)).toBe("MaxSeatCountReached");
    expect(server.start(start("s4", "cy"), "asks", 17 * MINUTE, first)).toBe("created");
    server.end("s2", 18 * MINUTE);
    expect(held(server, 18)).toEqual(["cy s4"]);
    expect(server.denials("MaxSeatCountReached")).toBe(2);
  });

  it("sweeps floating seats that are past their grace, and those alone", () => {
    const server = serverOf(floating, { max: 3 });
    for (const name of ["ana", "bo", "cy"]) server.start(start(name, name), "asks", 0, first);
    server.end("ana", 0);
    server.end("bo", MINUTE);
    server.sweep(15 * MINUTE);
    expect(held(server, 15)).toEqual(["bo ", "cy cy"]);
  });

  it("has a lost session give back once, and its revival take again or be denied", () => {
    const server = serverOf(floating);
    server.start(start("s1", "ana"), "asks", 0, first);
    server.lose("s1", 60 * MINUTE);
    expect(held(server, 60)).toEqual(["ana "]);
    expect(server.start(start("s2", "bo"), "asks", 80 * MINUTE, first)).toBe("created");
    expect(server.revive("s1", 81 * MINUTE, first)).toBe("MaxSeatCountReached");
    server.end("s1", 82 * MINUTE);
    expect(held(server, 82)).toEqual(["bo s2"]);
  });

  it("carries sessions over into a new period's book, the oldest first, grouped by seat", () => {
    const server = serverOf({ idleDays: 7 }, { max: 2 });
    server.start(start("s1", "ana", { startedAt: 3 }), "asks", 0, first);
    server.start(start("s2", "bo", { startedAt: 2 }), "asks", 0, first);
    server.start(start("s3", "ana", { startedAt: 1 }), "asks", 0, first);
    server.become({ license: { ...LICENSE, max: 1 } }, 999 * MINUTE);
    server.carryOver(["s1", "s2", "s3"], 1_000 * MINUTE, first);
    expect(held(server, 1_000)).toEqual(["ana s3,s1"]);
    expect(server.denials("MaxSeatCountReached")).toBe(1);
    expect(held(server, 0)).toEqual(["ana ", "bo "]);
  });

  it("switches from period to floating and back: the period's book goes on", () => {
    const server = serverOf({});
    server.start(start("s1", "ana"), "asks", 0, first);
    server.become({ settings: { ...DEFAULTS, ...floating } }, 0);
    expect(server.start(start("s2", "bo"), "asks", MINUTE, first)).toBe("created");
    server.carryOver(["s1", "s2"], 2 * MINUTE, first);
    expect(held(server, 2)).toEqual(["bo s2"]);
    server.end("s2", 3 * MINUTE);
    server.become({ settings: DEFAULTS }, 3 * MINUTE);
    expect(server.start(start("s3", "bo"), "asks", 4 * MINUTE, first)).toBe("MaxSeatCountReached");
    server.carryOver(["s1"], 5 * MINUTE, first);
    expect(held(server, 5)).toEqual(["ana s1"]);
  });

  it("takes no seat over until two minutes after a change the job finds that live sessions hold theirs", () => {
    const server = serverOf({});
    server.start(start("s1", "ana"), "asks", 0, first);
    server.end("s1", 0);
    server.become({ settings: { ...DEFAULTS, idleDays: 0 } }, MINUTE);
    expect(server.start(start("s2", "bo"), "asks", MINUTE, first)).toBe("MaxSeatCountReached");
    server.sweep(2 * MINUTE);
    expect(server.start(start("s3", "bo"), "asks", 2 * MINUTE, first)).toBe("MaxSeatCountReached");
    server.sweep(3 * MINUTE);
    expect(server.start(start("s4", "bo"), "asks", 3 * MINUTE, first)).toBe("created");
  });

  it("keeps no idle seat in a floating book that is not in use", () => {
    const server = serverOf(floating, { max: 2 });
    for (const name of ["ana", "bo"]) server.start(start(name, name), "asks", 0, first);
    server.end("ana", MINUTE);
    server.become({ settings: DEFAULTS }, MINUTE);
    server.sweep(MINUTE);
    server.become({ settings: { ...DEFAULTS, ...floating } }, MINUTE);
    expect(held(server, 1)).toEqual(["bo bo"]);
  });

  it("frees a seat on release; the session that ran on it ends without a trace", () => {
    const server = serverOf(floating);
    server.start(start("s1", "ana"), "asks", 0, first);
    server.release("ana", MINUTE);
    expect(server.start(start("s2", "ana"), "asks", MINUTE, first)).toBe("created");
    server.end("s1", 2 * MINUTE);
    expect(held(server, 2)).toEqual(["ana s2"]);
  });

  it("limits machine sessions: to those that hold a slot, of both kinds", () => {
    const server = serverOf({ machineMax: 2 });
    expect(server.start(start("c1", "ana", { kind: "ci" }), "asks", 0, first)).toBe("created");
    expect(server.start(start("p1", "ana", { kind: "preview" }), "asks", 0, first)).toBe("created");
    expect(server.start(start("c2", "ana", { kind: "ci" }), "runs", 0, first)).toBe(
      "MaxConcurrentMachineSessionsReached",
    );
    server.end("c2", 1);
    expect(server.slots()).toBe(2);
    server.end("p1", 1);
    expect(server.start(start("c3", "ana", { kind: "ci" }), "asks", 2, first)).toBe("created");
    expect([...server.book(2).values()]).toEqual([]);
  });

  it("counts no slot of a session that began before the limit", () => {
    const server = serverOf({});
    server.start(start("c1", "ana", { kind: "ci" }), "asks", 0, first);
    server.become({ settings: { ...DEFAULTS, machineMax: 1 } }, 0);
    expect(server.start(start("c2", "ana", { kind: "ci" }), "asks", 0, first)).toBe("created");
    expect(server.slots()).toBe(1);
  });
});

describe("slots and silence in the reference model", () => {
  it("shares the maximum among sixteen counters", () => {
    expect(sharesOf(18)).toEqual([2, 2, ...Array(14).fill(1)]);
    expect([0, 1, 15, 16, 1_000].map((max) => sharesOf(max).reduce((sum, one) => sum + one, 0))).toEqual([
      0, 1, 15, 16, 1_000,
    ]);
  });

  it("refuses a machine session by all that is held, not by what one counter has left", () => {
    const uneven = [...Array(8).fill(2), ...Array(8).fill(0)];
    expect([hasSlot(uneven, 17), hasSlot(uneven, 16), hasSlot(uneven, undefined)]).toEqual([true, false, true]);
  });

  it("takes silence of more than half of the operators for an outage", () => {
    const now = 48 * 60 * MINUTE;
    const ago = (...minutes: number[]) => minutes.map((one) => now - one * MINUTE);
    expect(isOutage(ago(1, 1, 90, 90), now)).toBe(false);
    expect(isOutage(ago(1, 90, 90), now)).toBe(true);
    expect(isOutage(ago(1, 25 * 60, 25 * 60), now)).toBe(false);
  });

  it("gives an operator up after its silence, and after that long without an outage", () => {
    const now = 48 * 60 * MINUTE;
    expect(isLost(now - 61 * MINUTE, undefined, 60, now)).toBe(true);
    expect(isLost(now - 60 * MINUTE, undefined, 60, now)).toBe(false);
    expect(isLost(now - 90 * MINUTE, now - 30 * MINUTE, 60, now)).toBe(false);
  });
});

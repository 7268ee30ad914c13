import { describe, expect, it } from "vitest";
import { type Book, type Claimer, decide, type Seat, type Terms } from "../../support/seat-model/book.ts";
import { claimed, freed, givenBack, held } from "../../support/seat-model/moves.ts";
import { COMMON, capsOf } from "../../support/seat-model/pools.ts";
import { breaksPromise } from "../../support/seat-model/promise.ts";
import { DEFAULTS, heldUntil, type SeatSettings } from "../../support/seat-model/settings.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = 100 * DAY;

const seat = (holder: string, more: Partial<Seat> = {}): [string, Seat] => [
  holder,
  { holder, pool: COMMON, claimedAt: 1, overage: false, live: new Set(), idleSince: NOW, ...more },
];
const runs = { live: new Set(["s"]), idleSince: undefined };
const idleFor = (minutes: number) => ({ idleSince: NOW - minutes * MINUTE });

const terms = (settings: Partial<SeatSettings>, max: number | null = 2, overageAllowed = false): Terms => ({
  max,
  overageAllowed,
  settings: { ...DEFAULTS, ...settings },
});
const claimer = (holder: string, more: Partial<Claimer> = {}): Claimer => ({
  ...{ holder, user: holder, namespace: "shop", isNew: true },
  ...more,
});
const floating = { mode: "floating" } as const;
const ml = { name: "ml", seats: 1, users: ["ml-*"] };

describe("a claim in the reference model", () => {
  it("is a holder's, whatever else is free", () => {
    const book: Book = new Map([seat("ana", idleFor(600))]);
    expect(decide(book, claimer("ana"), terms(floating), NOW)).toEqual({ kind: "holder", pool: COMMON });
  });

  it("takes a free seat before one that is idle", () => {
    const book: Book = new Map([seat("ana", idleFor(600))]);
    expect(decide(book, claimer("bo"), terms(floating), NOW)).toEqual({ kind: "room", pool: COMMON });
  });

  it.each([
    [14, { kind: "denied" }],
    [15, { kind: "take-over", pool: COMMON, from: ["ana"] }],
  ])("in a full floating book with a seat that is idle for %i of 15 minutes is %o", (minutes, verdict) => {
    const book: Book = new Map([seat("ana", idleFor(minutes)), seat("bo", runs)]);
    expect(decide(book, claimer("cy"), terms(floating), NOW)).toEqual(verdict);
  });

  it("takes over no seat with a live session, and none at all in plain period", () => {
    const book: Book = new Map([seat("ana", runs), seat("bo", idleFor(90_000))]);
    expect(decide(book, claimer("cy"), terms({ idleDays: 62 }), NOW)).toMatchObject({ from: ["bo"] });
    expect(decide(book, claimer("cy"), terms({ idleDays: 63 }), NOW)).toEqual({ kind: "denied" });
    expect(decide(book, claimer("cy"), terms({}), NOW)).toEqual({ kind: "denied" });
  });

  it("takes over before it goes over the maximum, and never while more is claimed than the maximum", () => {
    const book: Book = new Map([seat("ana", idleFor(20)), seat("bo", runs)]);
    expect(decide(book, claimer("cy"), terms(floating, 2, true), NOW).kind).toBe("take-over");
    expect(decide(book, claimer("cy"), terms(floating, 1, true), NOW).kind).toBe("overage");
    expect(decide(book, claimer("cy"), terms(floating, 1), NOW).kind).toBe("denied");
  });

  it("names the seats that may be taken over by how long they are idle", () => {
    const book: Book = new Map([seat("ana", idleFor(20)), seat("bo", idleFor(40)), seat("cy", idleFor(30))]);
    expect(decide(book, claimer("di"), terms(floating, 3), NOW)).toMatchObject({ from: ["bo", "cy", "ana"] });
  });

  it("is refused to a holder whose seat a lowered maximum leaves out, unless the session runs already", () => {
    const book: Book = new Map([seat("ana", { claimedAt: 1 }), seat("bo", { claimedAt: 2 })]);
    expect(decide(book, claimer("ana"), terms({}, 1), NOW).kind).toBe("holder");
    expect(decide(book, claimer("bo"), terms({}, 1), NOW).kind).toBe("denied");
    expect(decide(book, claimer("bo", { isNew: false }), terms({}, 1), NOW).kind).toBe("holder");
  });
});

describe("a claim with reservations, in the reference model", () => {
  const reserved = { reservations: [ml] };

  it("of a member takes the own pool first, and a common seat once that is full", () => {
    const inPool = decide(new Map(), claimer("ml-1"), terms(reserved), NOW);
    expect(inPool).toEqual({ kind: "room", pool: "ml" });
    const book: Book = new Map([seat("ml-2", { pool: "ml" })]);
    expect(decide(book, claimer("ml-1"), terms(reserved), NOW)).toEqual({ kind: "room", pool: COMMON });
  });

  it("of anybody else is refused a seat that is reserved, though it is free", () => {
    const book: Book = new Map([seat("ana")]);
    expect(decide(book, claimer("bo"), terms(reserved), NOW)).toEqual({ kind: "denied" });
    expect(decide(book, claimer("bo"), terms(reserved, 2, true), NOW)).toEqual({ kind: "overage", pool: COMMON });
  });

  it("takes over within its pools only", () => {
    const book: Book = new Map([seat("ml-2", { pool: "ml", ...idleFor(60) }), seat("ana", runs)]);
    const full = terms({ ...floating, ...reserved });
    expect(decide(book, claimer("bo"), full, NOW)).toEqual({ kind: "denied" });
    expect(decide(book, claimer("ml-1"), full, NOW)).toEqual({ kind: "take-over", pool: "ml", from: ["ml-2"] });
  });

  it("ranks within its pool once the maximum falls", () => {
    const book: Book = new Map([
      seat("ana", { claimedAt: 1 }),
      seat("bo", { claimedAt: 2 }),
      seat("ml-1", { claimedAt: 3, pool: "ml" }),
    ]);
    const kinds = ["ana", "bo", "ml-1"].map((one) => decide(book, claimer(one), terms(reserved), NOW).kind);
    expect(kinds).toEqual(["holder", "denied", "holder"]);
  });

  it("goes by the first reservation that names user and namespace", () => {
    const reservations = [
      { ...ml, namespaces: ["gpu"] },
      { name: "all", seats: 1, users: ["*"] },
    ];
    const pool = (namespace: string) => decide(new Map(), claimer("ml-1", { namespace }), terms({ reservations }), NOW);
    expect([pool("gpu"), pool("shop")]).toEqual([
      { kind: "room", pool: "ml" },
      { kind: "room", pool: "all" },
    ]);
  });

  it("has pools that are cut in their order where the maximum does not reach", () => {
    const reservations = [ml, { name: "ops", seats: 4, users: ["*"] }];
    expect([...capsOf(reservations, 7)]).toEqual([
      ["ml", 1],
      ["ops", 4],
      [COMMON, 2],
    ]);
    expect([...capsOf(reservations, 3)]).toEqual([
      ["ml", 1],
      ["ops", 2],
      [COMMON, 0],
    ]);
    expect([...capsOf(reservations, null)]).toEqual([
      ["ml", 1],
      ["ops", 4],
      [COMMON, null],
    ]);
  });
});

describe("a seat in the reference model", () => {
  it("is idle from the end of its last session on, and no longer once another one holds it", () => {
    const first = claimed(new Map(), { kind: "room", pool: COMMON }, claimer("ana"), "s1", NOW);
    const both = held(first, "ana", "s2");
    const one = givenBack(both, "s1", NOW + 1);
    expect(one.get("ana")).toMatchObject({ live: new Set(["s2"]), idleSince: undefined });
    const none = givenBack(one, "s2", NOW + 2);
    expect(none.get("ana")).toMatchObject({ live: new Set(), idleSince: NOW + 2, claimedAt: NOW });
    expect(held(none, "ana", "s3").get("ana")?.idleSince).toBeUndefined();
  });

  it("is given back once, and not by a session of an earlier claim", () => {
    const first = claimed(new Map(), { kind: "room", pool: COMMON }, claimer("ana"), "s1", NOW);
    const again = claimed(freed(first, "ana"), { kind: "room", pool: COMMON }, claimer("ana"), "s2", NOW + 1);
    expect(givenBack(again, "s1", NOW + 2).get("ana")?.live).toEqual(new Set(["s2"]));
    const over = givenBack(again, "s2", NOW + 2);
    expect(givenBack(over, "s2", NOW + 3).get("ana")?.idleSince).toBe(NOW + 2);
  });

  it("that is taken over leaves as many seats as there were, in the same pool", () => {
    const book: Book = new Map([seat("ana", { pool: "ml" }), seat("bo")]);
    const verdict = { kind: "take-over", pool: "ml", from: ["ana"] } as const;
    const after = claimed(book, verdict, claimer("cy"), "s1", NOW, "ana");
    expect([...after.values()].map(({ holder, pool }) => [holder, pool])).toEqual([
      ["bo", COMMON],
      ["cy", "ml"],
    ]);
    expect(() => claimed(book, verdict, claimer("cy"), "s1", NOW, "bo")).toThrow("bo has no seat to be taken over");
  });

  it("is refused for its grace and five minutes at most", () => {
    const refused = (minutes: number) =>
      breaksPromise(new Map([seat("ana", idleFor(minutes))]), claimer("bo"), terms(floating, 1), NOW);
    expect([19, 20].map(refused)).toEqual([false, true]);
  });

  it.each<[string, Partial<SeatSettings>, number | null]>([
    ["the period's end", {}, NOW + 9 * DAY],
    ["the grace", floating, NOW + 15 * MINUTE],
    ["nothing, without grace", { ...floating, graceMinutes: 0 }, null],
    ["the idle days", { idleDays: 7 }, NOW + 7 * DAY],
    ["the period's end before the idle days", { idleDays: 14 }, NOW + 9 * DAY],
  ])("is certainly held until %s", (_, settings, until) => {
    const ends = { periodEnd: NOW + 9 * DAY, licenseEnd: NOW + 50 * DAY };
    expect(heldUntil({ ...DEFAULTS, ...settings }, NOW, ends)).toBe(until);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventOf } from "../../../shared/events/event-of.ts";
import { createShownNames } from "../../../shared/privacy/shown-names.ts";
import type { Item } from "../../../shared/store/table.ts";

const change = (before: Item | undefined, after: Item | undefined) => ({
  id: "record",
  sequence: "1",
  at: 0,
  before,
  after,
});
const EXACT_NAMES = createShownNames({ strip: undefined, pseudonymKey: undefined });
const typeOf = (before: Item | undefined, after: Item | undefined) => eventOf(change(before, after), EXACT_NAMES)?.type;

const SESSION: Item = {
  ...{ pk: "SESSION#s-1", sk: "SESSION", sessionId: "s-1", instanceId: "op-1", state: "live", ci: false },
  startedAt: "2026-11-20T08:00:00.000Z",
  createdAt: "2026-11-20T08:00:00.000Z",
  client: { id: "m", hostname: "h", username: "u", kubernetesUsername: "k" },
  target: { namespace: "n", kind: "deployment", name: "t" },
  lockedPorts: [],
};
const OVER = { ...SESSION, endedAt: "2026-11-20T09:00:00.000Z", seconds: 3_600 };
const [ENDED, LOST]: Item[] = [
  { ...OVER, state: "ended" },
  { ...OVER, state: "lost" },
];
const OPERATOR: Item = { pk: "OPERATORS", sk: "op-1", lastHeartbeat: "2026-11-20T08:00:00.000Z" };
const GIVEN_UP: Item = { ...OPERATOR, expiresAt: 1_800_000_000 };
const CLAIM: Item = {
  ...{ pk: "AUDIT#2026-11-20", sk: "t#1", action: "seat.claimed", actor: "op-1", seatId: "x" },
  ...{ sessionId: "s-1", kubernetesUsername: "k", clientHostname: "h" },
};
const CHANGED: Item = {
  ...{ pk: "AUDIT#2026-11-20", sk: "t#1", action: "policy.replaced", actor: "ana", kind: "MirrordPolicy" },
  ...{ name: "no-steal", namespace: "shop", generation: 2, fromGeneration: 1, revision: 13, diff: "[]" },
};
const STALE: Item = {
  pk: "OPERATORS#NOTICES",
  sk: "NOTICE#operator.stale#op-1#t",
  kind: "operator.stale",
  instanceId: "op-1",
  liveSessions: 1,
};

describe("the event in a change", () => {
  it.each([
    ["session.started", undefined, SESSION],
    ["session.ended", SESSION, ENDED],
    ["session.ended", SESSION, LOST],
    ["session.ended", LOST, ENDED],
    ["session.ended", undefined, ENDED],
    ["session.started", LOST, SESSION],
    ["seat.claimed", undefined, CLAIM],
    ["seat.claimed", undefined, { ...CLAIM, action: "seat.overage" }],
    ["seat.denied", undefined, { ...CLAIM, action: "seat.denied" }],
    ["policy.changed", undefined, CHANGED],
    ["policy.changed", undefined, { ...CHANGED, action: "policy.created" }],
    ["policy.changed", undefined, { ...CHANGED, action: "policy.deleted" }],
    ["policy.refused", undefined, { ...CLAIM, action: "policy.refused", policies: "MirrordPolicy shop/no-steal" }],
    ["operator.stale", undefined, STALE],
    ["operator.lost", OPERATOR, GIVEN_UP],
  ])("is %s", (type, before, after) => {
    expect(typeOf(before, after)).toBe(type);
  });

  it.each<[string, Item | undefined, Item | undefined]>([
    ["a session is noted again", SESSION, { ...SESSION, lockedPorts: [{ port: 1, kind: "steal" }] }],
    ["a session is taken over", SESSION, { ...SESSION, instanceId: "op-2" }],
    ["a person is erased from an ended session", ENDED, { ...ENDED, client: { id: "x" } }],
    ["a lost session is noted again", LOST, { ...LOST, shard: 3 }],
    ["history is brought in", undefined, { ...ENDED, source: "backfill" }],
    ["an audit row is disguised", CLAIM, { ...CLAIM, kubernetesUsername: "x" }],
    ["a cluster is pruned", undefined, { ...CHANGED, action: "policy.pruned" }],
    ["a seat is released", undefined, { ...CLAIM, action: "seat.released" }],
    ["a note is written over", STALE, { ...STALE, v: 2 }],
    ["the daily line is noted", undefined, { pk: "LICENSE", sk: "NOTICE#license.logged#d", kind: "license.logged" }],
    ["a refusal is noted as told", undefined, { pk: "LICENSE", sk: "NOTICE#seats.denied#d", kind: "seats.denied" }],
    ["an operator beats", OPERATOR, { ...OPERATOR, seq: 2 }],
    ["an operator is back", GIVEN_UP, OPERATOR],
    ["what was given up is looked at again", GIVEN_UP, { ...GIVEN_UP, expiresAt: 1_900_000_000 }],
    ["an operator is new", undefined, OPERATOR],
    ["a license is seen", undefined, { pk: "LICENSE", sk: "acme", kind: "seats.threshold" }],
  ])("is none where %s", (_what, before, after) => {
    expect(typeOf(before, after)).toBeUndefined();
  });

  it("is none where an item expires or is deleted, whatever it is", () => {
    for (const item of [SESSION, ENDED, CLAIM, STALE, OPERATOR, GIVEN_UP])
      expect(typeOf(item, undefined)).toBeUndefined();
  });

  it("is none in any item of another kind", () => {
    const other = fc.record({
      pk: fc.constantFrom(
        "SEATS#acme#m#d",
        "DAY#2026-11-20",
        "MONTH#2026-11",
        "ERRORS#d",
        "SERVER",
        "USAGE",
        "LICENSE",
        "TOKENS",
      ),
      sk: fc.string(),
      state: fc.constantFrom("live", "ended", undefined),
      action: fc.constantFrom("seat.claimed", undefined),
      kind: fc.constantFrom("operator.stale", undefined),
    });
    fc.assert(
      fc.property(other, other, (before, after) => {
        expect([typeOf(undefined, after), typeOf(before, { ...after, pk: before.pk, sk: before.sk })]).toEqual([
          undefined,
          undefined,
        ]);
      }),
    );
  });
});

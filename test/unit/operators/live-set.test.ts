import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf, type LiveMoves, recordMove, sameDigest } from "../../../shared/operators/live-set.ts";

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 128 }), { maxLength: 60 });

describe("the digest of a live set", () => {
  it("does not depend on the order", () => {
    fc.assert(
      fc.property(ids, fc.integer(), (list, turn) => {
        const by = list.length === 0 ? 0 : turn % list.length;
        expect(digestOf([...list.slice(by), ...list.slice(0, by)].reverse())).toEqual(digestOf(list));
      }),
    );
  });

  it("differs where a session is missing, is one more, or is another", () => {
    fc.assert(
      fc.property(ids, fc.nat(), (list, place) => {
        fc.pre(list.length > 0);
        const at = place % list.length;
        const without = list.toSpliced(at, 1);
        expect(sameDigest(digestOf(without), digestOf(list))).toBe(false);
        expect(sameDigest(digestOf([...without, "another, of no such id"]), digestOf(list))).toBe(false);
      }),
    );
  });

  it("is reached by moves from any other set", () => {
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const moves: LiveMoves = new Map();
        for (const id of after) if (!before.includes(id)) recordMove(moves, "op-1", { sessionId: id, ci: false }, 1);
        for (const id of before) if (!after.includes(id)) recordMove(moves, "op-1", { sessionId: id, ci: false }, -1);
        const { count, sum } = moves.get("op-1") ?? { count: 0, sum: 0 };
        const start = digestOf(before);
        expect({ count: start.count + count, sum: start.sum + sum }).toEqual(digestOf(after));
      }),
    );
  });

  it("stays a number that is exact for the 5,000 sessions a heartbeat may list", () => {
    expect(digestOf(Array.from({ length: 5_000 }, (_, place) => `session-${place}`)).sum).toBeLessThan(2 ** 53);
    expect(5_000 * (2 ** 40 - 1)).toBeLessThan(2 ** 53);
  });
});

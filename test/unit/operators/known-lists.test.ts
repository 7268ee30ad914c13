import fc from "fast-check";
import { expect, it } from "vitest";
import { digestOfList, knownLists } from "../../../shared/operators/known-lists.ts";
import { digestOf } from "../../../shared/operators/live-set.ts";
import { runsOf } from "../../support/deep.ts";

it("a list of ids has the same set and digest, whatever lists came before it", () => {
  const list = fc.array(
    fc.integer({ min: 0, max: 12 }).map((id) => `session-${id}`),
    { maxLength: 12 },
  );
  const beat = fc.record({ operator: fc.constantFrom("op-1", "op-2"), list });
  fc.assert(
    fc.property(fc.array(beat, { maxLength: 20 }), (beats) => {
      const known = knownLists();
      for (const { operator, list: ids } of beats) {
        const set = known(operator, ids);
        expect([...set]).toEqual([...new Set(ids)]);
        expect(digestOfList(set)).toEqual(digestOf(new Set(ids)));
      }
    }),
    { numRuns: runsOf(200) },
  );
});

it("the same list again is the same set, and no more ids are kept than fit", () => {
  const known = knownLists();
  const ids = (operator: string, count: number) => Array.from({ length: count }, (_, index) => `${operator}-${index}`);
  const first = known("op-1", ids("op-1", 30_000));
  expect(known("op-1", ids("op-1", 30_000))).toBe(first);
  known("op-2", ids("op-2", 30_000));
  expect(known("op-1", ids("op-1", 30_000))).not.toBe(first);
});

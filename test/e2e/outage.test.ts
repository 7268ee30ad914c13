import { afterEach, beforeEach, expect, it } from "vitest";
import { drainOutage } from "../../tools/bench/outage/drain.ts";
import { type Stack, startStack } from "../../tools/bench/stack.ts";
import { DEEP } from "../support/deep.ts";
import { bundleHandlers } from "../support/ready-bundles.ts";

let stack: Stack;
beforeEach(async () => {
  stack = await startStack({ type: "teams", max_seats: 10 }, {}, bundleHandlers);
});
afterEach(() => stack.close());

it("what operators bring back from an outage is all accepted, and none of them loses its lease by it", async () => {
  const drained = await drainOutage(stack, { operators: 8, sessionsEach: DEEP ? 500 : 100, atOnce: 8 });
  expect(drained.leasesLost).toBe(0);
  expect(drained.differences).toEqual([]);
  expect(drained.heartbeats).toBeLessThan(8 * 10);
}, 60_000);

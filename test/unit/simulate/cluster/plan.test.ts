import { expect, it } from "vitest";
import { type ClusterPlan, MAX_AT_ONCE, planSessions } from "../../../../tools/simulate/cluster/plan.ts";
import { createRandom } from "../../../../tools/simulate/random.ts";
import { createTeam } from "../../../../tools/simulate/team.ts";

const SIZE = { sessions: 1_500, durationMs: 300_000, minLengthMs: 5_000, maxLengthMs: 120_000 };
const plan = (seed: string): ClusterPlan[] =>
  planSessions(createTeam(seed, { users: 200, operators: 2, runners: 20 }), SIZE, createRandom(seed));

it("no person runs more than three sessions at once", () => {
  const plans = plan("three").filter(({ ci, owner }) => !ci && owner !== undefined);
  const atOnce = plans.map(
    ({ owner, startsAt }) =>
      plans.filter(
        (other) => other.owner === owner && other.startsAt <= startsAt && other.startsAt + other.lengthMs > startsAt,
      ).length,
  );
  expect(Math.max(...atOnce)).toBe(MAX_AT_ONCE);
});

it("each planned session has its length and is over within the play", () => {
  for (const { startsAt, lengthMs } of plan("within")) {
    expect(lengthMs).toBeGreaterThanOrEqual(SIZE.minLengthMs);
    expect(lengthMs).toBeLessThanOrEqual(SIZE.maxLengthMs);
    expect(startsAt + lengthMs).toBeLessThanOrEqual(SIZE.durationMs);
  }
});

it("a play has every kind of session and of end", () => {
  const plans = plan("kinds");
  const kindsOf = (value: (one: ClusterPlan) => unknown) => new Set(plans.map(value));
  expect(kindsOf(({ kind }) => kind)).toEqual(new Set(["session", "multi-cluster", "preview"]));
  expect(kindsOf(({ end }) => end)).toEqual(
    new Set(["disconnect", "time-limit", "never-connects", "fails", "expires", "deleted"]),
  );
  expect(plans.some(({ target }) => target === undefined)).toBe(true);
  expect(plans.some(({ target }) => target !== undefined && "labelSelector" in target)).toBe(true);
  expect(plans.some(({ copyTarget }) => copyTarget)).toBe(true);
  expect(plans.some(({ gap }) => gap !== undefined)).toBe(true);
  expect(plans.some(({ returnsForMs }) => returnsForMs !== undefined)).toBe(true);
  expect(plans.some(({ ci, kind }) => ci && kind === "multi-cluster")).toBe(true);
});

it("the same seed gives the same plan", () => {
  expect(plan("same")).toEqual(plan("same"));
  expect(plan("other")).not.toEqual(plan("same"));
});

import { describe, expect, it } from "vitest";
import {
  addSessions,
  impactAnswer,
  isServedByRollups,
  noImpact,
  type RecordedSessions,
} from "../../../shared/policies/impact.ts";
import type { PolicyEntry } from "../../../shared/policies/types.ts";
import { FACTS, policy } from "./support.ts";

const recorded = (parts: Partial<RecordedSessions> = {}): RecordedSessions => ({
  cluster: { id: "uid-1", name: "prod" },
  target: { namespace: "default", kind: "Deployment", name: "boats" },
  facts: undefined,
  labels: undefined,
  copyTarget: undefined,
  sessions: 1,
  ...parts,
});

const impactOf = (draft: PolicyEntry, ...sessions: RecordedSessions[]) => {
  const impact = noImpact();
  for (const session of sessions) addSessions(impact, draft, session);
  const { from: _from, to: _to, ...answer } = impactAnswer(impact, { from: 0, to: 1 });
  return answer;
};

describe("the impact of a draft", () => {
  it("counts the sessions that it would have refused or changed, by their facts", () => {
    const steals = recorded({ facts: { ...FACTS, features: ["steal"] } });
    const mirrors = recorded({ facts: { ...FACTS, features: ["mirror"] } });
    const draft = policy({ block: ["steal"], env: { exclude: ["A"] } });
    expect(impactOf(draft, steals, steals, mirrors)).toEqual({ in_scope: 3, refused: 2, changed: 1, unknown: [] });
    expect(impactOf(policy({ block: ["steal"] }), mirrors)).toEqual({
      in_scope: 1,
      refused: 0,
      changed: 0,
      unknown: [],
    });
  });

  it("leaves out sessions of other targets, namespaces and clusters, and copied targets", () => {
    const facts = { ...FACTS, features: ["steal"] };
    const refuses = { block: ["steal"] };
    const none = { in_scope: 0, refused: 0, changed: 0, unknown: [] };
    expect(impactOf(policy({ ...refuses, targetPath: "pod/*" }), recorded({ facts }))).toEqual(none);
    expect(impactOf(policy(refuses, { namespace: "books" }), recorded({ facts }))).toEqual(none);
    expect(impactOf(policy(refuses, { clusters: ["dev"] }), recorded({ facts }))).toEqual(none);
    expect(impactOf(policy(refuses), recorded({ copyTarget: true }))).toEqual(none);
  });

  it("of sessions without facts is their number alone, by their given target", () => {
    const draft = policy({ block: ["steal"], targetPath: "deploy/boats" });
    expect(
      impactOf(draft, recorded({ sessions: 7 }), recorded({ target: { namespace: "d", kind: "Pod", name: "boats" } })),
    ).toEqual({
      in_scope: 7,
      refused: null,
      changed: null,
      unknown: [{ reason: "no_facts", sessions: 7 }],
    });
    const labels = { team: "a" };
    const selector = { matchLabels: { team: "b" } };
    expect(impactOf(policy({ block: ["steal"], selector }), recorded({ labels })).in_scope).toBe(0);
  });

  it("says of the others which fact is missing", () => {
    const { features: _, ...facts } = FACTS;
    const selector = { matchLabels: { team: "b" } };
    expect(impactOf(policy({ block: ["steal"] }), recorded({ facts }), recorded({ facts: FACTS }))).toEqual({
      in_scope: 2,
      refused: 0,
      changed: 0,
      unknown: [{ reason: "features", sessions: 1 }],
    });
    const unlabelled = recorded({ facts: { ...FACTS, labels: undefined } });
    expect(impactOf(policy({ env: { exclude: ["A"] }, selector }), unlabelled).unknown).toEqual([
      { reason: "labels", sessions: 1 },
    ]);
  });

  it("is served by sums where the draft depends on neither container nor cluster", () => {
    expect(isServedByRollups(policy({ targetPath: "deploy/*" }))).toBe(true);
    expect(isServedByRollups(policy({ targetPath: "*/container/app" }))).toBe(false);
    expect(isServedByRollups(policy({}, { clusters: ["prod-*"] }))).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import {
  clusterModes,
  clusterState,
  clustersAndOperators,
  type Operator,
  viewAgeSeconds,
} from "../../../dashboard/model/cluster.ts";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import { formatTime, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");
const [operator] = RESPONSE_EXAMPLES.operatorList.operators as [Operator];

/** A cluster whose agent last saw it that long ago; undefined: not yet. */
const cluster = (agoMs: number | undefined, more: Partial<Operator> = {}): Operator => ({
  ...operator,
  kind: "agent",
  agent: {
    version: "0.3.0",
    process_id: "p",
    enforces: false,
    applies_catalog: false,
    kills_previews: false,
    observed_at: agoMs === undefined ? null : formatTime(NOW - agoMs),
  },
  ...more,
});

describe("a cluster with an agent", () => {
  it.each([
    [cluster(3 * SECOND_MS), "active"],
    [cluster(5 * MINUTE_MS), "active"],
    [cluster(5 * MINUTE_MS + SECOND_MS), "old data"],
    [cluster(undefined), "no data"],
    [cluster(undefined, { state: "stale" }), "stale"],
    [cluster(60 * MINUTE_MS, { state: "gone" }), "gone"],
  ])("has the state of its agent, unless the agent cannot see it: %#", (one, state) => {
    expect(clusterState(one, NOW)).toBe(state);
  });

  it("has data of an age that is never negative, though the agent's clock may be ahead", () => {
    expect(viewAgeSeconds(cluster(3 * SECOND_MS), NOW)).toBe(3);
    expect(viewAgeSeconds(cluster(-3 * SECOND_MS), NOW)).toBe(0);
    expect(viewAgeSeconds(cluster(undefined), NOW)).toBeUndefined();
  });

  it("counts only, unless its agent may do more", () => {
    const { agent } = cluster(0);
    expect(clusterModes(cluster(0))).toEqual(["counts only"]);
    const more = { ...cluster(0), agent: agent && { ...agent, enforces: true, kills_previews: true } };
    expect(clusterModes(more)).toEqual(["enforces seats", "stops previews"]);
  });

  it("is listed apart from operators, also those of a server that does not support agents", () => {
    const { kind: _kind, agent: _agent, ...earlier } = operator;
    const all = [operator, cluster(0), earlier as Operator];
    expect(clustersAndOperators(all)).toEqual({ clusters: [all[1]], operators: [operator, earlier] });
  });
});

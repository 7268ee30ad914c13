import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { addedByOptions } from "../../tools/cost/added.ts";
import { countDeployment as count } from "../../tools/cost/deployment.ts";
import { DEFAULT_TEAM, estimate, fixedLines, sum } from "../../tools/cost/estimate.ts";
import { costTables } from "../../tools/cost/table.ts";
import { withoutRulePacks } from "./synth.ts";

const countDeployment = (settings?: unknown) => withoutRulePacks(() => count(settings));
const deployment = countDeployment();

describe("the cost of a deployment, counted from its templates", () => {
  it("is of what the templates have", () => {
    expect(deployment).toEqual({
      secrets: 4,
      alarms: 9,
      dashboards: 0,
      hourlyMetrics: 0,
      jobs: [
        { name: "watch", runs: 4_380 },
        { name: "reaper", runs: 730 },
        { name: "seatJob", runs: 730 },
        { name: "dayClose", runs: 730 },
      ],
      pipes: 0,
      polledQueues: 0,
    });
    expect(countDeployment({ alarms: { dashboard: true } })).toMatchObject({ dashboards: 1, hourlyMetrics: 11 });
  });

  it("is below $3 a month if nobody uses it, and below $7 for a team of 200 with 20 operators", () => {
    expect(sum(fixedLines(deployment))).toBeLessThan(3);
    expect([DEFAULT_TEAM.users, DEFAULT_TEAM.operators]).toEqual([200, 20]);
    expect(estimate(DEFAULT_TEAM, deployment).total).toBeLessThan(7);
  });

  it("is in docs/cost.md as the command prints it", () => {
    const doc = readFileSync(new URL("../../docs/cost.md", import.meta.url), "utf8");
    const added = withoutRulePacks(() => addedByOptions(deployment));
    expect(doc).toContain(costTables(DEFAULT_TEAM, deployment, added));
    expect(doc).toContain(`**$${sum(fixedLines(deployment)).toFixed(2)} a month is fixed**`);
  });
});

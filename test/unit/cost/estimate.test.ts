import { describe, expect, it } from "vitest";
import { parseCostArguments } from "../../../tools/cost/command-line.ts";
import type { Deployment } from "../../../tools/cost/deployment.ts";
import { DEFAULT_TEAM, type Estimate, estimate, fixedLines, sum } from "../../../tools/cost/estimate.ts";
import { costPerMillion } from "../../../tools/cost/operations.ts";

const DEPLOYMENT: Deployment = {
  secrets: 4,
  alarms: 9,
  dashboards: 0,
  hourlyMetrics: 0,
  jobs: [{ name: "reaper", runs: 730 }],
  pipes: 0,
  polledQueues: 0,
};

const standsAlone = ({ operators, use }: Estimate) => sum(operators) + sum(use);

describe("the estimate of costs", () => {
  it("adds up a million heartbeats from requests, processor time, units and log bytes", () => {
    const { api, lambda, table, logs, total } = costPerMillion("heartbeat");

    expect(api).toBe(1);
    // 0.20 a million, and 20 ms of 0.5 GB each: 10,000 GB-seconds.
    expect(lambda).toBeCloseTo(0.2 + 10_000 * 0.0000133334, 6);
    // One write unit, half a read unit.
    expect(table).toBeCloseTo(0.625 + 0.125 / 2, 6);
    expect(logs).toBeCloseTo(0.5 * 0.85, 6);
    expect(total).toBeCloseTo(api + lambda + table + logs, 9);
  });

  it("charges nothing for work where nobody works, and all the same for what stands", () => {
    const idle = estimate(
      { ...DEFAULT_TEAM, operators: 0, users: 0, sessionsPerDay: 0, reportsPerMonth: 0 },
      DEPLOYMENT,
    );

    expect(standsAlone(idle)).toBe(0);
    expect(sum(idle.fixed)).toBeGreaterThan(4 * 0.4);
    expect(idle.total).toBe(sum(idle.fixed));
  });

  it("charges an idle operator for its heartbeats, 43,800 a month at one a minute", () => {
    const { perOperatorMonth } = estimate(DEFAULT_TEAM, DEPLOYMENT);
    const [twenty, sixty] = [20, 60].map((operators) => estimate({ ...DEFAULT_TEAM, operators }, DEPLOYMENT).total);

    expect(perOperatorMonth).toBeCloseTo(0.0438 * costPerMillion("heartbeat").total, 9);
    // Their logs are stored, too, which is next to nothing.
    expect((sixty ?? 0) - (twenty ?? 0)).toBeCloseTo(40 * perOperatorMonth, 1);
  });

  it("charges fewer heartbeats less", () => {
    const [often, seldom] = [30, 120].map((heartbeatSeconds) =>
      estimate({ ...DEFAULT_TEAM, heartbeatSeconds }, DEPLOYMENT),
    );

    expect(often?.perOperatorMonth).toBeCloseTo(4 * (seldom?.perOperatorMonth ?? 0), 9);
  });

  it("charges a pipe for its reads of the stream, and Lambda's polling of a queue", () => {
    const [none, pipe, queue] = [{}, { pipes: 1 }, { polledQueues: 1 }].map((more) =>
      sum(fixedLines({ ...DEPLOYMENT, ...more })),
    );
    // Four shards, four times a second: 42,048,000 at 0.20 a million.
    expect((pipe ?? 0) - (none ?? 0)).toBeCloseTo(8.4096, 6);
    // Five requests at a time, three a minute each, for 730 hours: 657,000 at 0.40 a million.
    expect((queue ?? 0) - (none ?? 0)).toBeCloseTo(0.2628, 6);
  });

  it("charges an hourly metric, an alarm and a dashboard by their number", () => {
    const [one, two] = [1, 2].map((count) =>
      sum(fixedLines({ ...DEPLOYMENT, alarms: count, hourlyMetrics: count, dashboards: count })),
    );
    expect((two ?? 0) - (one ?? 0)).toBeCloseTo(0.1 + 0.3 + 3, 9);
  });

  it("multiplies with slowness the processor's time alone", () => {
    const [asAssumed, slower] = [costPerMillion("end"), costPerMillion("end", 3)];

    expect(slower.lambda - 0.2).toBeCloseTo(3 * (asAssumed.lambda - 0.2), 9);
    expect({ ...slower, lambda: 0, total: 0 }).toEqual({ ...asAssumed, lambda: 0, total: 0 });
  });
});

describe("the command's arguments", () => {
  it("change the team", () => {
    expect(
      parseCostArguments(["--operators", "3", "--sessions-per-day", "50", "--slowness", "1.5", "--config", "a.json"]),
    ).toEqual({
      kind: "run",
      team: { ...DEFAULT_TEAM, operators: 3, sessionsPerDay: 50, slowness: 1.5 },
      config: "a.json",
    });
  });

  it("are refused with every fault at once", () => {
    expect(parseCostArguments(["--operators=-1", "--users=1.5", "--heartbeat-seconds=1", "--months=x"])).toMatchObject({
      kind: "bad",
      faults: [
        expect.stringContaining("--operators"),
        expect.stringContaining("--users"),
        expect.stringContaining("--heartbeat-seconds"),
        expect.stringContaining("--months"),
      ],
    });
  });

  it("that are not known are refused", () => {
    expect(parseCostArguments(["--operator", "1"])).toMatchObject({ kind: "bad" });
  });
});

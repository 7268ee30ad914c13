import { describe, expect, it } from "vitest";
import { METRICS, METRICS_DIMENSION, METRICS_NAMESPACE } from "../../../shared/contract/metrics.ts";
import { createLogger, type LogLevel } from "../../../shared/telemetry/logger.ts";

const NOW = Date.parse("2026-11-10T12:00:00Z");

const writing = (level: LogLevel, deployment?: string, hourly = true) => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(
    level,
    (line) => lines.push(JSON.parse(line)),
    () => NOW,
    {},
    { deployment, hourly },
  );
  return { lines, log };
};

describe("a metric's line", () => {
  it("is what CloudWatch takes metrics from: namespace, one dimension, names with units, and their values beside", () => {
    const { lines, log } = writing("info", "Blue");
    log.with({ request_id: "r-1" }).measure("seats", { SeatsUsed: 3, SeatsMax: undefined, SeatsUsedPercent: 30 });
    expect(lines).toEqual([
      {
        timestamp: "2026-11-10T12:00:00.000Z",
        level: "INFO",
        message: "seats",
        request_id: "r-1",
        _aws: {
          Timestamp: NOW,
          CloudWatchMetrics: [
            {
              Namespace: METRICS_NAMESPACE,
              Dimensions: [[METRICS_DIMENSION]],
              Metrics: [
                { Name: "SeatsUsed", Unit: "Count" },
                { Name: "SeatsUsedPercent", Unit: "Percent" },
              ],
            },
          ],
        },
        [METRICS_DIMENSION]: "Blue",
        SeatsUsed: 3,
        SeatsUsedPercent: 30,
      },
    ]);
  });

  it("passes at every level, for an alarm does not sleep where a log is quiet", () => {
    const { lines, log } = writing("error", "Blue");
    log.info("not this");
    log.count("SeatDenials");
    log.measure("seats", { SeatsUsed: 3 });
    expect(lines.map(({ message }) => message)).toEqual([METRICS.SeatDenials.help, "seats"]);
  });

  it("is none where there is nothing to tell", () => {
    const { lines, log } = writing("debug", "Blue");
    log.measure("seats", { SeatsUsed: undefined });
    expect(lines).toEqual([]);
  });

  it("that is sent every hour is written on request alone, others always", () => {
    const { lines, log } = writing("info", "Blue", false);
    log.measure("seats", { SeatsUsed: 3 });
    log.measure("events left", { EventsLeft: 2, SeatsUsed: 3 });
    log.count("SeatDenials");
    expect(lines.map(({ message, SeatsUsed }) => [message, SeatsUsed])).toEqual([
      ["events left", undefined],
      [METRICS.SeatDenials.help, undefined],
    ]);
  });

  it("without a deployment is no metric: what is counted is logged as it is, what is measured is not", () => {
    const { lines, log } = writing("debug");
    log.count("WrongCredentials", { source_ip: "192.0.2.1" });
    log.measure("seats", { SeatsUsed: 3 });
    expect(lines).toEqual([
      {
        timestamp: "2026-11-10T12:00:00.000Z",
        level: "INFO",
        message: METRICS.WrongCredentials.help,
        source_ip: "192.0.2.1",
        WrongCredentials: 1,
      },
    ]);
  });

  it("carries none but its one dimension, since each of their values would be a metric to pay for", () => {
    const { lines, log } = writing("info", "Blue");
    log.count("SeatDenials", { session_id: "s-1" });
    expect(JSON.stringify(lines[0]?.["_aws"])).not.toContain("session_id");
  });
});

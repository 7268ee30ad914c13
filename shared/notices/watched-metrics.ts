import type { EpochMs } from "../contract/time.ts";
import { isSilent, type Operator } from "../operators/operator.ts";
import { seatMetrics } from "../seats/numbers.ts";
import type { MetricValues } from "../telemetry/logger.ts";
import type { Watched } from "./due.ts";

/** The metrics of seats and operators for CloudWatch. Without a license there are none of seats. */
export const watchedMetrics = ({ held, operators, staleMs }: Watched, now: EpochMs): MetricValues => {
  const heard = operators.filter((operator) => !operator.givenUp && operator.lastHeartbeat !== undefined);
  const active = heard.filter((operator) => !isSilent(operator, staleMs, now));
  const clusters = new Set(active.map(clusterOf));
  return {
    ...(held === undefined ? {} : seatMetrics(held.book, held.claimed)),
    OperatorsActive: active.length,
    // A restarted operator has a new id, so the old one needs no attention.
    OperatorsStale: heard.filter((operator) => isSilent(operator, staleMs, now) && !clusters.has(clusterOf(operator)))
      .length,
  };
};

// Operators that do not name their cluster count as one cluster.
const clusterOf = ({ cluster }: Operator): string => cluster ?? "";

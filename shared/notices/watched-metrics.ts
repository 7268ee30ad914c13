import type { EpochMs } from "../contract/time.ts";
import { isSilent, type Operator } from "../operators/operator.ts";
import { seatMetrics } from "../seats/numbers.ts";
import type { MetricValues } from "../telemetry/logger.ts";
import type { Watched } from "./due.ts";

/** Seats and operators as CloudWatch is told them; of seats nothing where there is no license. */
export const watchedMetrics = ({ held, operators, staleMs }: Watched, now: EpochMs): MetricValues => {
  const heard = operators.filter((operator) => !operator.givenUp && operator.lastHeartbeat !== undefined);
  const active = heard.filter((operator) => !isSilent(operator, staleMs, now));
  const clusters = new Set(active.map(clusterOf));
  return {
    ...(held === undefined ? {} : seatMetrics(held.book, held.claimed)),
    OperatorsActive: active.length,
    // A restarted operator comes back under another id, and nobody has to look after the one before.
    OperatorsStale: heard.filter((operator) => isSilent(operator, staleMs, now) && !clusters.has(clusterOf(operator)))
      .length,
  };
};

// Those that do not tell their cluster are taken for one.
const clusterOf = ({ cluster }: Operator): string => cluster ?? "";

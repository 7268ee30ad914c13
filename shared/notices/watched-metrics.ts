import type { EpochMs } from "../contract/time.ts";
import { byActivity, staleOperators } from "../operators/stale.ts";
import { seatMetrics } from "../seats/numbers.ts";
import type { MetricValues } from "../telemetry/logger.ts";
import type { Watched } from "./due.ts";

/** The metrics of seats and operators for CloudWatch. Without a license there are none of seats. */
export const watchedMetrics = ({ held, operators, staleMs }: Watched, now: EpochMs): MetricValues => ({
  ...(held === undefined ? {} : seatMetrics(held.book, held.claimed)),
  OperatorsActive: byActivity(operators, staleMs, now).active.length,
  OperatorsStale: staleOperators(operators, staleMs, now).length,
});

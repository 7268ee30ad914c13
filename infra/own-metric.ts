import { Duration } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { METRICS_DIMENSION, METRICS_NAMESPACE, type MetricName } from "../shared/contract/metrics.ts";

export type Statistic = "Sum" | "Minimum" | "Maximum";

/** A metric that the functions of a deployment write to their logs. `period` is five minutes by default. */
export const ownMetric = (
  deployment: string,
  name: MetricName,
  statistic: Statistic,
  period: Duration = Duration.minutes(5),
): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { [METRICS_DIMENSION]: deployment },
    statistic,
    period,
  });

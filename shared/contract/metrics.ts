/** The CloudWatch namespace of all metrics. */
export const METRICS_NAMESPACE = "MirrordLicenseServer";

/** The metrics that functions emit: what each counts. */
export const METRICS = {
  WrongCredentials: "requests with a license key or token that is not valid",
} as const;

export type MetricName = keyof typeof METRICS;

/** Public list prices in US dollars, without free tiers, discounts and taxes. */
export const PRICED = { region: "us-east-1", date: "2026-11" } as const;

export const PRICES = {
  /** DynamoDB on demand, table class Standard. */
  writeUnitsPerMillion: 0.625,
  readUnitsPerMillion: 0.125,
  tableGbMonth: 0.25,
  recoveryGbMonth: 0.2,
  streamReadsPerMillion: 0.2,
  /** API Gateway HTTP API, requests of up to 512 KB. */
  apiRequestsPerMillion: 1,
  /** Lambda on arm64. */
  invocationsPerMillion: 0.2,
  gbSecond: 0.0000133334,
  /** EventBridge. */
  schedulesPerMillion: 1,
  pipeRequestsPerMillion: 0.4,
  busEventsPerMillion: 1,
  /** SQS, standard queues. */
  queueRequestsPerMillion: 0.4,
  /** Secrets Manager. */
  secretMonth: 0.4,
  secretReadsPerMillion: 5,
  /** CloudWatch. */
  logIngestedGb: 0.5,
  logStoredGbMonth: 0.03,
  alarmMonth: 0.1,
  customMetricMonth: 0.3,
  dashboardMonth: 3,
  /** KMS, and interface endpoints of a VPC in one zone. */
  keyMonth: 1,
  endpointHour: 0.01,
  /** API Gateway REST API, which the private front is. */
  privateApiRequestsPerMillion: 3.5,
  /** Always-on services: EC2, EBS, Fargate on arm64, RDS for PostgreSQL, Application Load Balancer, public addresses. */
  t4gSmallHour: 0.0168,
  gp3GbMonth: 0.08,
  fargateCpuHour: 0.03238,
  fargateGbHour: 0.00356,
  rdsT4gMicroHour: 0.016,
  rdsT4gMicroMultiAzHour: 0.032,
  rdsGp3GbMonth: 0.115,
  rdsGp3MultiAzGbMonth: 0.23,
  balancerHour: 0.0225,
  balancerUnitHour: 0.008,
  publicAddressHour: 0.005,
} as const;

/** 365 days by 12 months. */
export const HOURS_A_MONTH = 730;

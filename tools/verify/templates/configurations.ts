const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret";
const KMS_KEY = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555";

const ENDPOINT = "vpce-0123456789abcdef0";

/**
 * The deploy configurations whose templates are checked: nothing set, everything set that can be set at once, and the settings
 * that exclude those, as after the restore of a table and without a public API. Together they set every setting.
 * `trustAnchor` is any authority's certificate.
 */
export const configurations = (trustAnchor: string) => ({
  default: {},
  full: {
    stackPrefix: "Full",
    account: "123456789012",
    region: "eu-central-1",
    tags: { team: "platform" },
    license: {
      key: { secretArn: `${ARN}:key-AbC123`, kmsKeyArn: KMS_KEY },
      keyGraceSeconds: 3_600,
      file: { secretArn: `${ARN}:pem-AbC123`, kmsKeyArn: KMS_KEY, versionStage: "BLUE" },
      trustAnchor,
    },
    customDomain: {
      name: "licenses.example.com",
      certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
      hostedZone: { id: "Z123", name: "example.com" },
      basePath: "mirrord",
      mutualTls: { truststoreUri: "s3://truststore/ca.pem", truststoreVersion: "1" },
    },
    publicUrl: "https://licenses.example.com/mirrord",
    network: {
      mode: "both",
      vpcEndpointIds: [ENDPOINT],
      allowedCidrs: ["10.0.0.0/8", "2001:db8::/32"],
      subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
      securityGroupIds: ["sg-0123456789abcdef0"],
      accessLogs: true,
    },
    concurrency: { public: 10, dashboard: 5, fallback: 5, metrics: 5, reports: 5 },
    throttle: { rate: 100, burst: 200 },
    retention: { operatorErrorsDays: 7, sessionsDays: 400, logsDays: 400 },
    seats: { allowOverages: false, anchorDay: 15, mode: "floating", graceMinutes: 30, lostMinutes: 90 },
    lease: { seconds: 3_600, heartbeatIntervalSeconds: 30, lostAfterSeconds: 86_400 },
    reports: { schedule: "weekly", timeZone: "Europe/Berlin" },
    dashboard: { enabled: false },
    metrics: { perUserLabels: true },
    privacy: { displayNameStrip: "@example\\.com$", pseudonymsOnly: true },
    notifications: { email: "admin@example.com" },
    events: { enabled: true },
    jira: { webhookSecretArn: `${ARN}:jira-AbC123`, kmsKeyArn: KMS_KEY },
    alarms: {
      enabled: true,
      dashboard: true,
      licenseDays: 30,
      licenseUrgentDays: 3,
      seatsPercent: 90,
      denials: 10,
      serverErrors: 10,
      metrics: "all",
      wrongCredentials: 100,
      tokenCalls: 10,
      requests: 50_000,
      latencyMs: 1_000,
    },
    adminByLicenseKey: true,
    logLevel: "debug",
  },
  restored: {
    stackPrefix: "Restored",
    account: "123456789012",
    region: "eu-central-1",
    license: { file: { secretArn: `${ARN}:pem-AbC123`, versionId: "11111111-2222-3333-4444-555555555555" } },
    table: {
      name: "restored",
      streamArn: "arn:aws:dynamodb:eu-central-1:123456789012:table/restored/stream/2026-11-01T00:00:00.000",
    },
    events: { enabled: true },
    customDomain: {
      name: "licenses.example.com",
      certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
      keepDefaultEndpoint: true,
    },
  },
  private: {
    stackPrefix: "Private",
    seats: { idleDays: 14, reservations: [{ name: "platform", seats: 5, users: ["platform-*"] }] },
    network: { mode: "private", vpcEndpointIds: [ENDPOINT] },
    tracing: "xray",
  },
  ownKey: {
    stackPrefix: "OwnKey",
    account: "123456789012",
    region: "eu-central-1",
    encryption: { kmsKeyArn: KMS_KEY },
    permissionsBoundaryArn: "arn:aws:iam::123456789012:policy/boundary",
    events: { enabled: true },
    jira: { webhookSecretArn: `${ARN}:jira-AbC123`, kmsKeyArn: KMS_KEY },
  },
});

import type { EnvName } from "./env.ts";
import { DOWNLOADS_PREFIX, USAGE_REPORTS_PREFIX } from "./report-names.ts";

/** The DynamoDB actions a function may be granted on the table and its index. */
export type TableAction =
  | "GetItem"
  | "BatchGetItem"
  | "Query"
  | "PutItem"
  | "UpdateItem"
  | "DeleteItem"
  | "ConditionCheckItem"
  | "BatchWriteItem";

/** The S3 actions a function may be granted on the objects of the report bucket. */
export type BucketAction = "GetObject" | "PutObject";

/** A function's time limit, unless it has one of its own: just below the 30 s of an HTTP API integration. */
export const FUNCTION_TIMEOUT_SECONDS = 29;
/** After this long a handler answers 503 itself; API Gateway's own time-out has a body that is not ours. */
export const GIVE_UP_SECONDS = 25;

export type SecretName = "license" | "licenseKey" | "leaseSigning" | "accessSigning";

export type FunctionSpec = {
  readonly description: string;
  readonly memoryMb: number;
  /** The secrets it may read. Each brings the environment variables of its source. */
  readonly secrets: readonly SecretName[];
  /** What it does to the table, and whether it reads the `list-at` index. None: it gets no table name either. */
  readonly table: { readonly actions: readonly TableAction[]; readonly index: boolean } | undefined;
  /** What it reads of the environment beyond its secrets and the table. */
  readonly env: readonly EnvName[];
  /** What it does to the report bucket's objects below a prefix. It gets the bucket's name then. */
  readonly bucket?: { readonly actions: readonly BucketAction[]; readonly prefix: string };
  /** Whether it is told the origin of the report bucket, without any right to what is in it. */
  readonly bucketOrigin?: true;
  /** Whether it publishes to the topic of notifications. It gets the topic's ARN then. */
  readonly topic?: true;
  /**
   * Makes it a job, which runs by itself. The others are called. `deployedBy` names what the configuration runs it by in a
   * deployment instead; locally it looks every so often whether there is anything to do.
   */
  readonly schedule?: { readonly everyMinutes: number; readonly deployedBy?: "reports" };
  /** Its time limit, where that is not `FUNCTION_TIMEOUT_SECONDS`. */
  readonly timeoutSeconds?: number;
};

/** What each function may touch: infra grants exactly this, the handlers parse exactly this, and a test compares. */
export const FUNCTIONS = {
  public: { description: "Health and the OpenAPI document", memoryMb: 256, secrets: [], table: undefined, env: [] },
  license: {
    description: "Hands the license and leases to operators; publishes the lease keys",
    memoryMb: 512,
    secrets: ["license", "licenseKey", "leaseSigning", "accessSigning"],
    table: { actions: ["GetItem", "PutItem", "UpdateItem", "Query"], index: false },
    env: ["TOKEN_ISSUER", "LEASE_SECONDS", "HEARTBEAT_INTERVAL_SECONDS", "RETENTION_SESSIONS_DAYS"],
  },
  heartbeat: {
    description: "Takes operators' heartbeats with their events",
    memoryMb: 512,
    secrets: ["license", "licenseKey", "leaseSigning"],
    table: {
      actions: [
        "GetItem",
        "BatchGetItem",
        "Query",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "ConditionCheckItem",
        "BatchWriteItem",
      ],
      index: true,
    },
    env: [
      "TOKEN_ISSUER",
      "LEASE_SECONDS",
      "HEARTBEAT_INTERVAL_SECONDS",
      "SEATS_ALLOW_OVERAGES",
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "RETENTION_OPERATOR_ERRORS_DAYS",
      "PSEUDONYMS_ONLY",
    ],
  },
  sessions: {
    description: "Takes session starts, with their seats, and ends",
    memoryMb: 512,
    secrets: ["license", "licenseKey", "leaseSigning"],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
      index: true,
    },
    env: [
      "TOKEN_ISSUER",
      "HEARTBEAT_INTERVAL_SECONDS",
      "SEATS_ALLOW_OVERAGES",
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "PSEUDONYMS_ONLY",
    ],
  },
  admin: {
    description: "Lists live sessions, operators, seats and the audit; stops sessions, releases seats",
    memoryMb: 512,
    secrets: ["license", "licenseKey", "accessSigning"],
    table: { actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"], index: true },
    env: [
      "TOKEN_ISSUER",
      "ADMIN_BY_LICENSE_KEY",
      "SEATS_ANCHOR_DAY",
      "HEARTBEAT_INTERVAL_SECONDS",
      "RETENTION_SESSIONS_DAYS",
      "PSEUDONYMS_ONLY",
      "DISPLAY_NAME_STRIP",
    ],
  },
  reports: {
    description: "Builds the reports",
    memoryMb: 1024,
    secrets: ["license", "licenseKey", "accessSigning"],
    table: { actions: ["GetItem", "Query", "PutItem"], index: true },
    // A link lets whoever has it do what the function that made it may.
    bucket: { actions: ["GetObject", "PutObject"], prefix: DOWNLOADS_PREFIX },
    env: [
      "TOKEN_ISSUER",
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "RETENTION_OPERATOR_ERRORS_DAYS",
      "PSEUDONYMS_ONLY",
      "DISPLAY_NAME_STRIP",
    ],
  },
  metrics: {
    description: "Answers Prometheus scrapes",
    memoryMb: 512,
    secrets: ["license", "licenseKey", "accessSigning"],
    table: { actions: ["GetItem", "Query", "PutItem", "UpdateItem"], index: false },
    env: [
      "TOKEN_ISSUER",
      "SEATS_ANCHOR_DAY",
      "HEARTBEAT_INTERVAL_SECONDS",
      "RETENTION_SESSIONS_DAYS",
      "METRICS_PER_USER",
      "PSEUDONYMS_ONLY",
      "DISPLAY_NAME_STRIP",
    ],
  },
  dashboard: {
    description: "Serves the web page",
    memoryMb: 256,
    secrets: [],
    table: undefined,
    bucketOrigin: true,
    env: ["DASHBOARD_ENABLED"],
  },
  fallback: {
    description: "Answers 404 and 405, and logs authenticated calls of unknown routes",
    memoryMb: 256,
    secrets: ["licenseKey"],
    table: undefined,
    env: [],
  },
  token: {
    description: "Makes, lists and revokes access tokens for whoever IAM lets invoke it",
    memoryMb: 256,
    secrets: ["accessSigning"],
    table: { actions: ["GetItem", "PutItem", "Query"], index: false },
    env: ["TOKEN_ISSUER", "RETENTION_SESSIONS_DAYS"],
  },
  watch: {
    description: "Looks at license, seats, denials and operators every hour, and tells of each thing once",
    memoryMb: 256,
    secrets: ["license"],
    table: { actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"], index: false },
    topic: true,
    env: [
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "HEARTBEAT_INTERVAL_SECONDS",
      "OPERATOR_LOST_SECONDS",
      "REPORT_SCHEDULE",
      "REPORT_TIME_ZONE",
    ],
    schedule: { everyMinutes: 60 },
    timeoutSeconds: 120,
  },
  reaper: {
    description: "Ends the sessions of operators that are gone for good",
    memoryMb: 512,
    secrets: [],
    table: { actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"], index: true },
    env: ["RETENTION_SESSIONS_DAYS", "HEARTBEAT_INTERVAL_SECONDS", "OPERATOR_LOST_SECONDS", "PSEUDONYMS_ONLY"],
    schedule: { everyMinutes: 60 },
    timeoutSeconds: 300,
  },
  dayClose: {
    description: "Fixes the statistics of days that are over, peaks included",
    memoryMb: 1024,
    secrets: [],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
      index: true,
    },
    env: ["RETENTION_SESSIONS_DAYS"],
    schedule: { everyMinutes: 60 },
    timeoutSeconds: 300,
  },
  reportJob: {
    description: "Puts the usage report of a period that is over into the bucket, and says so",
    memoryMb: 1024,
    secrets: ["license"],
    table: { actions: ["GetItem", "Query", "PutItem"], index: true },
    bucket: { actions: ["GetObject", "PutObject"], prefix: USAGE_REPORTS_PREFIX },
    topic: true,
    env: [
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "OPERATOR_LOST_SECONDS",
      "REPORT_SCHEDULE",
      "REPORT_TIME_ZONE",
      "PSEUDONYMS_ONLY",
      "DISPLAY_NAME_STRIP",
    ],
    schedule: { everyMinutes: 60, deployedBy: "reports" },
    timeoutSeconds: 300,
  },
  events: {
    description: "Makes events of the table's changes, for the pipe to the event bus",
    memoryMb: 256,
    secrets: [],
    // The key of pseudonyms.
    table: { actions: ["GetItem", "PutItem"], index: false },
    env: ["PSEUDONYMS_ONLY", "DISPLAY_NAME_STRIP"],
  },
  jira: {
    description: "Tells Jira of the session time of an issue",
    memoryMb: 256,
    secrets: [],
    table: undefined,
    env: ["JIRA_WEBHOOK_SECRET_ARN"],
    // Ten sessions of a batch, of which each may wait ten seconds for an answer, and its secret's readings.
    timeoutSeconds: 180,
  },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof FUNCTIONS;

/** The functions that run by themselves. */
export type JobName = {
  [Name in FunctionName]: (typeof FUNCTIONS)[Name] extends { schedule: object } ? Name : never;
}[FunctionName];

const isJob = (name: FunctionName): name is JobName => "schedule" in FUNCTIONS[name];

export const JOBS: readonly JobName[] = (Object.keys(FUNCTIONS) as FunctionName[]).filter(isJob);

export const timeoutSecondsOf = (name: FunctionName): number => {
  const spec: FunctionSpec = FUNCTIONS[name];
  return spec.timeoutSeconds ?? FUNCTION_TIMEOUT_SECONDS;
};

const SECRET_ENV: Record<SecretName, readonly EnvName[]> = {
  license: [
    "LICENSE_SECRET_ARN",
    "LICENSE_SECRET_VERSION_ID",
    "LICENSE_SECRET_VERSION_STAGE",
    "LICENSE_PATH",
    "LICENSE_TRUST_ANCHOR",
  ],
  licenseKey: ["LICENSE_KEY_SECRET_ARN", "LICENSE_KEY", "LICENSE_KEY_PREVIOUS", "LICENSE_KEY_GRACE_SECONDS"],
  leaseSigning: ["LEASE_SIGNING_SECRET_ARN", "LEASE_SIGNING_PATH"],
  accessSigning: ["ACCESS_SIGNING_SECRET_ARN", "ACCESS_SIGNING_PATH"],
};

/** All environment variables that a function may read. */
export const envOf = (name: FunctionName): EnvName[] => {
  const spec: FunctionSpec = FUNCTIONS[name];
  return [
    "LOG_LEVEL",
    "DEPLOYMENT",
    ...(spec.table === undefined ? [] : (["TABLE_NAME", "DYNAMODB_ENDPOINT"] as const)),
    ...spec.secrets.flatMap((secret) => SECRET_ENV[secret]),
    ...(spec.bucket === undefined ? [] : (["REPORT_BUCKET", "REPORT_DIR", "REPORT_DIR_URL"] as const)),
    ...(spec.bucketOrigin === undefined ? [] : (["REPORT_BUCKET_ORIGIN"] as const)),
    ...(spec.topic === undefined ? [] : (["NOTIFY_TOPIC_ARN"] as const)),
    ...spec.env,
  ];
};

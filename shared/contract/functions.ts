import type { EnvName } from "./env.ts";
import type { ListName, PartitionName } from "./keys.ts";
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

/** A function's actions, in which partitions it reads and writes, and which lists of the `list-at` index it reads. */
export type TableAccess = {
  readonly actions: readonly TableAction[];
  readonly reads: readonly PartitionName[];
  readonly writes: readonly PartitionName[];
  readonly lists: readonly ListName[];
};

/** The actions that change nothing. The others write. */
export const READ_ACTIONS: readonly TableAction[] = ["GetItem", "BatchGetItem", "Query", "ConditionCheckItem"];

/** Partitions of which no function deletes an item: only their time to live ends it. */
const NEVER_DELETED: readonly PartitionName[] = [
  "audit",
  "errors",
  "installations",
  "licenses",
  "operators",
  "sessions",
];

/** The partitions that functions write in batches, which could also delete. */
const BATCHED: readonly PartitionName[] = ["catalogHistory", "errors"];

/** The partitions in which a function may use an action. */
export const partitionsFor = (
  { reads, writes }: Pick<TableAccess, "reads" | "writes">,
  action: TableAction,
): readonly PartitionName[] => {
  if (READ_ACTIONS.includes(action)) return reads;
  if (action === "DeleteItem") return writes.filter((name) => !NEVER_DELETED.includes(name));
  return action === "BatchWriteItem" ? writes.filter((name) => BATCHED.includes(name)) : writes;
};

/** The S3 actions a function may be granted on the objects of the report bucket. */
export type BucketAction = "GetObject" | "PutObject";

/** The default time limit of a function: just below the 30 s of an HTTP API integration. */
export const FUNCTION_TIMEOUT_SECONDS = 29;
/** After this time a handler answers 503. API Gateway's own time-out would have another body. */
export const GIVE_UP_SECONDS = 25;

export type SecretName = "license" | "licenseKey" | "leaseSigning" | "accessSigning";

export type FunctionSpec = {
  readonly memoryMb: number;
  /** The secrets that it may read. For each, it gets the environment variables of its source. */
  readonly secrets: readonly SecretName[];
  /** Those of them that its usual call does not need: they are read when a call does. */
  readonly rareSecrets?: readonly SecretName[];
  /** What it does with the table. Undefined: it gets no table name either. */
  readonly table: TableAccess | undefined;
  /** The other environment variables that it reads. */
  readonly env: readonly EnvName[];
  /** Its actions on the report bucket's objects below a prefix. It gets the bucket's name, too. */
  readonly bucket?: { readonly actions: readonly BucketAction[]; readonly prefix: string };
  /** Whether it gets the origin of the report bucket, without any right to its objects. */
  readonly bucketOrigin?: true;
  /** Whether it publishes to the topic of notifications. It gets the topic's ARN, too. */
  readonly topic?: true;
  /**
   * Makes it a job, which runs automatically. With `deployedBy`, a deployment runs it by that part of the configuration
   * instead. The local server runs every job at this interval.
   */
  readonly schedule?: { readonly everyMinutes: number; readonly deployedBy?: "reports" | "seats" };
  /** Its time limit, if it is not `FUNCTION_TIMEOUT_SECONDS`. */
  readonly timeoutSeconds?: number;
};

/** With this much memory a function has one whole processor (Lambda developer guide, "Configure Lambda function memory"). */
const FULL_PROCESSOR_MB = 1_769;

/** The rights and settings of each function. Infra grants exactly these, and the handlers read exactly these. */
export const FUNCTIONS = {
  public: {
    memoryMb: 256,
    secrets: [],
    table: undefined,
    env: ["ALLOWED_CIDRS"],
  },
  license: {
    memoryMb: 512,
    secrets: ["license", "licenseKey", "leaseSigning", "accessSigning"],
    table: {
      actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "Query"],
      reads: ["installations", "licenses", "operators", "revokedTokens", "server"],
      writes: ["audit", "errors", "installations", "licenses", "operators", "server"],
      lists: [],
    },
    env: [
      "ALLOWED_CIDRS",
      "TOKEN_ISSUER",
      "LEASE_SECONDS",
      "HEARTBEAT_INTERVAL_SECONDS",
      "OPERATOR_LOST_SECONDS",
      "RETENTION_SESSIONS_DAYS",
      "RETENTION_OPERATOR_ERRORS_DAYS",
      "SLOW_REQUEST_MS",
    ],
  },
  heartbeat: {
    memoryMb: 512,
    secrets: ["license", "licenseKey", "leaseSigning", "accessSigning"],
    // An agent shows its access token only until it has a lease.
    rareSecrets: ["accessSigning"],
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
      reads: [
        "catalog",
        "catalogHistory",
        "catalogRevision",
        "catalogStatus",
        "conditions",
        "days",
        "denied",
        "installations",
        "licenses",
        "months",
        "operators",
        "policyRefusals",
        "revokedTokens",
        "seats",
        "server",
        "sessions",
        "usage",
      ],
      writes: [
        "audit",
        "catalogStatus",
        "days",
        "denied",
        "errors",
        "installations",
        "licenses",
        "months",
        "operators",
        "policyRefusals",
        "seats",
        "server",
        "sessions",
        "usage",
      ],
      lists: ["ended", "idle", "live"],
    },
    env: [
      "ALLOWED_CIDRS",
      "TOKEN_ISSUER",
      "LEASE_SECONDS",
      "HEARTBEAT_INTERVAL_SECONDS",
      "OPERATOR_LOST_SECONDS",
      "SEATS_ALLOW_OVERAGES",
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "RETENTION_OPERATOR_ERRORS_DAYS",
      "PSEUDONYMS_ONLY",
      "SLOW_REQUEST_MS",
    ],
  },
  sessions: {
    memoryMb: 512,
    secrets: ["license", "licenseKey", "leaseSigning"],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
      reads: [
        "catalog",
        "catalogRevision",
        "days",
        "denied",
        "licenses",
        "months",
        "operators",
        "policyRefusals",
        "seats",
        "server",
        "sessions",
        "usage",
      ],
      writes: [
        "audit",
        "days",
        "denied",
        "licenses",
        "months",
        "operators",
        "policyRefusals",
        "seats",
        "server",
        "sessions",
        "usage",
      ],
      lists: ["ended", "idle", "live"],
    },
    env: [
      "ALLOWED_CIDRS",
      "TOKEN_ISSUER",
      "HEARTBEAT_INTERVAL_SECONDS",
      "SEATS_ALLOW_OVERAGES",
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "PSEUDONYMS_ONLY",
      "SLOW_REQUEST_MS",
    ],
  },
  admin: {
    memoryMb: 512,
    secrets: ["license", "licenseKey", "accessSigning"],
    table: {
      actions: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"],
      reads: [
        "audit",
        "days",
        "installations",
        "licenses",
        "operators",
        "revokedTokens",
        "seats",
        "server",
        "sessions",
        "usage",
      ],
      writes: ["audit", "installations", "licenses", "operators", "seats", "server", "sessions"],
      lists: ["ended", "live"],
    },
    env: [
      "ALLOWED_CIDRS",
      "TOKEN_ISSUER",
      "ADMIN_BY_LICENSE_KEY",
      "SEATS_ANCHOR_DAY",
      "HEARTBEAT_INTERVAL_SECONDS",
      "RETENTION_SESSIONS_DAYS",
      "PSEUDONYMS_ONLY",
      "DISPLAY_NAME_STRIP",
    ],
  },
  policies: {
    memoryMb: 1024,
    secrets: ["licenseKey", "leaseSigning", "accessSigning"],
    table: {
      actions: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"],
      reads: [
        "audit",
        "catalog",
        "catalogHistory",
        "catalogRevision",
        "catalogStatus",
        "days",
        "impactJobs",
        "licenses",
        "months",
        "operators",
        "policyRefusals",
        "revokedTokens",
        "server",
        "sessions",
        "usage",
      ],
      writes: ["audit", "catalog", "catalogHistory", "catalogRevision", "catalogStatus", "impactJobs", "server"],
      lists: ["ended", "live"],
    },
    // The results of jobs.
    bucket: { actions: ["GetObject", "PutObject"], prefix: DOWNLOADS_PREFIX },
    env: [
      "ALLOWED_CIDRS",
      "TOKEN_ISSUER",
      "HEARTBEAT_INTERVAL_SECONDS",
      "RETENTION_SESSIONS_DAYS",
      "PSEUDONYMS_ONLY",
      "DISPLAY_NAME_STRIP",
    ],
  },
  reports: {
    memoryMb: FULL_PROCESSOR_MB,
    secrets: ["license", "licenseKey", "accessSigning"],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem"],
      reads: [
        "audit",
        "days",
        "errors",
        "licenses",
        "months",
        "operators",
        "policyRefusals",
        "revokedTokens",
        "seats",
        "server",
        "sessions",
        "usage",
        "users",
      ],
      writes: ["audit", "licenses", "server"],
      lists: ["live", "ended", "dirty"],
    },
    // A link has the rights of the function that made it.
    bucket: { actions: ["GetObject", "PutObject"], prefix: DOWNLOADS_PREFIX },
    env: [
      "ALLOWED_CIDRS",
      "TOKEN_ISSUER",
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "RETENTION_OPERATOR_ERRORS_DAYS",
      "PSEUDONYMS_ONLY",
      "DISPLAY_NAME_STRIP",
    ],
  },
  metrics: {
    memoryMb: 512,
    secrets: ["license", "licenseKey", "accessSigning"],
    table: {
      actions: ["GetItem", "Query", "PutItem", "UpdateItem"],
      reads: [
        "catalog",
        "catalogRevision",
        "catalogStatus",
        "days",
        "licenses",
        "months",
        "operators",
        "policyRefusals",
        "revokedTokens",
        "seats",
        "server",
        "totals",
        "usage",
      ],
      writes: ["audit", "licenses", "server"],
      lists: [],
    },
    env: [
      "ALLOWED_CIDRS",
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
    memoryMb: 256,
    secrets: [],
    table: undefined,
    bucketOrigin: true,
    env: ["ALLOWED_CIDRS", "PUBLIC_URL", "DASHBOARD_ENABLED"],
  },
  fallback: {
    memoryMb: 256,
    secrets: ["licenseKey"],
    table: undefined,
    env: ["ALLOWED_CIDRS"],
  },
  token: {
    memoryMb: 256,
    secrets: ["accessSigning"],
    table: {
      actions: ["GetItem", "PutItem", "Query"],
      reads: ["revokedTokens", "tokens"],
      writes: ["audit", "revokedTokens", "tokens"],
      lists: [],
    },
    env: ["TOKEN_ISSUER", "RETENTION_SESSIONS_DAYS"],
  },
  watch: {
    memoryMb: 256,
    secrets: ["license"],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
      reads: [
        "conditions",
        "days",
        "jobs",
        "licenses",
        "months",
        "operatorNotices",
        "operators",
        "reports",
        "seats",
        "server",
        "usage",
      ],
      writes: ["audit", "conditions", "jobs", "licenses", "operatorNotices", "server"],
      lists: ["dirty"],
    },
    topic: true,
    env: [
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "HEARTBEAT_INTERVAL_SECONDS",
      "OPERATOR_LOST_SECONDS",
      "REPORT_SCHEDULE",
      "REPORT_TIME_ZONE",
      "NOTICE_CONDITIONS",
      "NOTICE_LICENSE_DAYS",
      "NOTICE_SEATS_PERCENT",
      "NOTICE_DENIALS",
    ],
    schedule: { everyMinutes: 10 },
    timeoutSeconds: 120,
  },
  reaper: {
    memoryMb: 512,
    secrets: [],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"],
      reads: [
        "days",
        "denied",
        "jobs",
        "licenses",
        "months",
        "operators",
        "seats",
        "server",
        "sessions",
        "totals",
        "usage",
      ],
      writes: ["audit", "days", "denied", "jobs", "months", "operators", "seats", "sessions", "totals", "usage"],
      lists: ["ended", "live"],
    },
    env: ["RETENTION_SESSIONS_DAYS", "HEARTBEAT_INTERVAL_SECONDS", "OPERATOR_LOST_SECONDS", "PSEUDONYMS_ONLY"],
    schedule: { everyMinutes: 60 },
    timeoutSeconds: 300,
  },
  seatJob: {
    memoryMb: 512,
    secrets: ["license"],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"],
      reads: ["days", "jobs", "licenses", "months", "operators", "seats", "server", "sessions", "usage"],
      writes: ["audit", "days", "jobs", "licenses", "months", "operators", "seats", "server", "sessions", "usage"],
      lists: ["ended", "idle", "live"],
    },
    env: [
      "SEATS_MODE",
      "SEATS_GRACE_MINUTES",
      "SEATS_IDLE_DAYS",
      "SEATS_RESERVATIONS",
      "SEATS_LOST_MINUTES",
      "SEATS_ANCHOR_DAY",
      "RETENTION_SESSIONS_DAYS",
      "HEARTBEAT_INTERVAL_SECONDS",
      "PSEUDONYMS_ONLY",
    ],
    schedule: { everyMinutes: 5, deployedBy: "seats" },
    timeoutSeconds: 150,
  },
  dayClose: {
    memoryMb: 1024,
    secrets: [],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"],
      reads: ["audit", "days", "jobs", "licenses", "months", "operators", "seats", "server", "usage", "users"],
      writes: ["days", "jobs", "months", "seats", "usage", "users"],
      lists: ["live", "ended", "dirty"],
    },
    env: ["RETENTION_SESSIONS_DAYS", "SEATS_ANCHOR_DAY"],
    schedule: { everyMinutes: 60 },
    timeoutSeconds: 300,
  },
  reportJob: {
    memoryMb: FULL_PROCESSOR_MB,
    secrets: ["license"],
    table: {
      actions: ["GetItem", "BatchGetItem", "Query", "PutItem"],
      reads: [
        "audit",
        "days",
        "errors",
        "jobs",
        "licenses",
        "months",
        "operators",
        "reports",
        "seats",
        "server",
        "sessions",
        "usage",
        "users",
      ],
      writes: ["audit", "jobs", "licenses", "reports", "server"],
      lists: ["live", "ended", "dirty"],
    },
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
    memoryMb: 256,
    secrets: [],
    // It reads or creates the key of pseudonyms.
    table: { actions: ["GetItem", "PutItem"], reads: ["server"], writes: ["server"], lists: [] },
    env: ["PSEUDONYMS_ONLY", "DISPLAY_NAME_STRIP"],
  },
  jira: {
    memoryMb: 256,
    secrets: [],
    table: undefined,
    env: ["JIRA_WEBHOOK_SECRET_ARN"],
    // Ten sessions of a batch, each of which may wait ten seconds for an answer, and the readings of its secret.
    timeoutSeconds: 180,
  },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof FUNCTIONS;

/** The functions that run automatically. */
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
    "METRICS_HOURLY",
    ...(spec.table === undefined ? [] : (["TABLE_NAME", "DYNAMODB_ENDPOINT"] as const)),
    ...spec.secrets.flatMap((secret) => SECRET_ENV[secret]),
    ...(spec.bucket === undefined ? [] : (["REPORT_BUCKET", "REPORT_DIR", "REPORT_DIR_URL"] as const)),
    ...(spec.bucketOrigin === undefined ? [] : (["REPORT_BUCKET_ORIGIN"] as const)),
    ...(spec.topic === undefined ? [] : (["NOTIFY_TOPIC_ARN"] as const)),
    ...spec.env,
  ];
};

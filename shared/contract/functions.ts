import type { EnvName } from "./env.ts";

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

/** A function's time limit: just below the 30 s of an HTTP API integration. */
export const FUNCTION_TIMEOUT_SECONDS = 29;
/** After this long a handler answers 503 itself; API Gateway's own time-out has a body that is not ours. */
export const GIVE_UP_SECONDS = 25;

export type SecretName = "license" | "licenseKey" | "leaseSigning";

export type FunctionSpec = {
  readonly description: string;
  readonly memoryMb: number;
  /** The secrets it may read. Each brings the environment variables of its source. */
  readonly secrets: readonly SecretName[];
  /** What it does to the table, and whether it reads the `list-at` index. None: it gets no table name either. */
  readonly table: { readonly actions: readonly TableAction[]; readonly index: boolean } | undefined;
  /** What it reads of the environment beyond its secrets and the table. */
  readonly env: readonly EnvName[];
};

/** What each function may touch: infra grants exactly this, the handlers parse exactly this, and a test compares. */
export const FUNCTIONS = {
  public: { description: "Health and the OpenAPI document", memoryMb: 256, secrets: [], table: undefined, env: [] },
  license: {
    description: "Hands the license and leases to operators; publishes the lease keys",
    memoryMb: 512,
    secrets: ["license", "licenseKey", "leaseSigning"],
    table: { actions: ["UpdateItem"], index: false },
    env: ["TOKEN_ISSUER", "LEASE_SECONDS", "HEARTBEAT_INTERVAL_SECONDS"],
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
    ],
  },
  admin: {
    description: "Lists live sessions and seats",
    memoryMb: 512,
    secrets: ["license", "licenseKey"],
    table: { actions: ["GetItem", "PutItem", "Query"], index: true },
    env: ["SEATS_ANCHOR_DAY", "HEARTBEAT_INTERVAL_SECONDS"],
  },
  reports: {
    description: "Builds the usage report",
    memoryMb: 1024,
    secrets: ["license", "licenseKey"],
    table: { actions: ["GetItem", "Query"], index: true },
    env: ["RETENTION_SESSIONS_DAYS"],
  },
  fallback: {
    description: "Answers 404 and 405, and logs authenticated calls of unknown routes",
    memoryMb: 256,
    secrets: ["licenseKey"],
    table: undefined,
    env: [],
  },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof FUNCTIONS;

const SECRET_ENV: Record<SecretName, readonly EnvName[]> = {
  license: ["LICENSE_SECRET_ARN", "LICENSE_SECRET_VERSION_ID", "LICENSE_SECRET_VERSION_STAGE", "LICENSE_PATH"],
  licenseKey: ["LICENSE_KEY_SECRET_ARN", "LICENSE_KEY"],
  leaseSigning: ["LEASE_SIGNING_SECRET_ARN", "LEASE_SIGNING_PATH"],
};

/** All environment variables that a function may read. */
export const envOf = (name: FunctionName): EnvName[] => {
  const spec: FunctionSpec = FUNCTIONS[name];
  return [
    "LOG_LEVEL",
    ...(spec.table === undefined ? [] : (["TABLE_NAME", "DYNAMODB_ENDPOINT"] as const)),
    ...spec.secrets.flatMap((secret) => SECRET_ENV[secret]),
    ...spec.env,
  ];
};

import * as v from "valibot";
import { CIDR_FAULT, isCidr } from "./cidr.ts";
import type { EnvName } from "./env.ts";
import type { FunctionSpec, SecretName } from "./functions.ts";
import { isTimeZone, PUBLIC_URL, PUBLIC_URL_FAULT, REPORT_SCHEDULES, SEAT_MODES, WARNED_DAYS } from "./settings.ts";
import { trustAnchorFault } from "./trust-anchor.ts";

const text = v.pipe(v.string(), v.minLength(1, "must not be empty"));

const flag = v.pipe(
  v.picklist(["true", "false"], "must be true or false"),
  v.transform((value) => value === "true"),
);

const wholeNumber = (least: number, most: number) =>
  v.pipe(
    text,
    v.regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`),
    v.transform(Number),
    v.minValue(least, `must be a whole number from ${least} to ${most}`),
    v.maxValue(most, `must be a whole number from ${least} to ${most}`),
  );

const SCHEMAS = {
  TABLE_NAME: v.optional(text),
  DYNAMODB_ENDPOINT: v.optional(text),
  LICENSE_SECRET_ARN: v.optional(text),
  LICENSE_SECRET_VERSION_ID: v.optional(text),
  LICENSE_SECRET_VERSION_STAGE: v.optional(text),
  LICENSE_PATH: v.optional(text),
  LICENSE_TRUST_ANCHOR: v.optional(
    v.pipe(
      text,
      v.rawCheck(({ dataset, addIssue }) => {
        const fault = dataset.typed ? trustAnchorFault(dataset.value) : undefined;
        if (fault !== undefined) addIssue({ message: fault });
      }),
    ),
  ),
  LICENSE_KEY_SECRET_ARN: v.optional(text),
  LICENSE_KEY: v.optional(text),
  LICENSE_KEY_PREVIOUS: v.optional(text),
  LICENSE_KEY_GRACE_SECONDS: v.optional(wholeNumber(0, 2_592_000), "86400"),
  LEASE_SIGNING_SECRET_ARN: v.optional(text),
  LEASE_SIGNING_PATH: v.optional(text),
  ACCESS_SIGNING_SECRET_ARN: v.optional(text),
  ACCESS_SIGNING_PATH: v.optional(text),
  ADMIN_BY_LICENSE_KEY: v.optional(flag, "false"),
  TOKEN_ISSUER: v.optional(text, "mirrord-license-server"),
  SEATS_ALLOW_OVERAGES: v.optional(flag),
  SEATS_ANCHOR_DAY: v.optional(wholeNumber(1, 31)),
  SEATS_MODE: v.optional(v.picklist(SEAT_MODES, "must be period or floating"), "period"),
  SEATS_GRACE_MINUTES: v.optional(wholeNumber(0, 1_440), "15"),
  SEATS_IDLE_DAYS: v.optional(wholeNumber(1, 365)),
  // The job of seats, the deploy configuration and the local server read it as JSON. Other functions need not hold the schema.
  SEATS_RESERVATIONS: v.optional(text),
  SEATS_LOST_MINUTES: v.optional(wholeNumber(5, 1_440), "60"),
  RETENTION_SESSIONS_DAYS: v.optional(wholeNumber(31, 3_650), "1825"),
  RETENTION_OPERATOR_ERRORS_DAYS: v.optional(wholeNumber(1, 3_650), "30"),
  LEASE_SECONDS: v.optional(wholeNumber(60, 604_800), "86400"),
  HEARTBEAT_INTERVAL_SECONDS: v.optional(wholeNumber(5, 3_600), "60"),
  // At most two weeks, so that a session ends as lost long before retention deletes it.
  OPERATOR_LOST_SECONDS: v.optional(wholeNumber(60, 1_209_600), "172800"),
  REPORT_BUCKET: v.optional(text),
  REPORT_BUCKET_ORIGIN: v.optional(
    v.pipe(text, v.regex(/^https:\/\/[a-z0-9.-]+$/, "must be an origin, as https://host")),
  ),
  REPORT_DIR: v.optional(text),
  REPORT_DIR_URL: v.optional(text),
  REPORT_SCHEDULE: v.optional(v.picklist(REPORT_SCHEDULES, "must be weekly or monthly")),
  REPORT_TIME_ZONE: v.optional(
    v.pipe(text, v.check(isTimeZone, "must be an IANA time zone, such as Europe/Berlin")),
    "UTC",
  ),
  NOTIFY_TOPIC_ARN: v.optional(text),
  NOTICE_CONDITIONS: v.optional(flag, "true"),
  NOTICE_LICENSE_DAYS: v.optional(
    v.pipe(
      text,
      v.regex(/^\d{1,3}(,\d{1,3})*$/, "must be whole numbers separated by commas"),
      v.transform((days) => days.split(",").map(Number)),
    ),
    WARNED_DAYS.join(","),
  ),
  NOTICE_SEATS_PERCENT: v.optional(wholeNumber(1, 99), "80"),
  NOTICE_DENIALS: v.optional(wholeNumber(1, 1_000_000), "1"),
  JIRA_WEBHOOK_SECRET_ARN: v.optional(text),
  ALLOWED_CIDRS: v.optional(
    v.pipe(
      text,
      v.transform((value) => value.split(",")),
      v.array(v.pipe(v.string(), v.check(isCidr, CIDR_FAULT))),
    ),
  ),
  PUBLIC_URL: v.optional(v.pipe(text, v.regex(PUBLIC_URL, PUBLIC_URL_FAULT))),
  DASHBOARD_ENABLED: v.optional(flag, "true"),
  METRICS_PER_USER: v.optional(flag, "false"),
  PSEUDONYMS_ONLY: v.optional(flag, "false"),
  // The deploy configuration and the local server check that it is a regular expression.
  DISPLAY_NAME_STRIP: v.optional(text),
  LOG_LEVEL: v.optional(v.picklist(["debug", "info", "warn", "error"], "must be debug, info, warn or error"), "info"),
  DEPLOYMENT: v.optional(text),
  METRICS_HOURLY: v.optional(flag, "false"),
  SLOW_REQUEST_MS: v.optional(wholeNumber(1, 60_000)),
} satisfies Record<EnvName, v.GenericSchema<unknown, unknown>>;

export type Env = { [Name in EnvName]: v.InferOutput<(typeof SCHEMAS)[Name]> };

/**
 * Reads the whole environment, once. Throws an error that names every malformed variable and every one that the function
 * requires and does not have. A malformed value never becomes a default. An empty variable counts as absent, because
 * shells and charts set unused variables to an empty text.
 */
export const parseEnv = (source: Readonly<Record<string, string | undefined>>, spec: FunctionSpec): Env => {
  const given = Object.fromEntries(Object.keys(SCHEMAS).map((name) => [name, source[name] || undefined]));
  const result = v.safeParse(v.object(SCHEMAS), given);
  const malformed = (result.issues ?? []).map((issue) => `${v.getDotPath(issue) ?? ""} ${issue.message}`);
  const faults = [...malformed, ...missing(given, spec)];
  if (result.success && faults.length === 0) return result.output as Env;
  throw new Error(`the environment is not usable: ${faults.join("; ")}`);
};

/** The two variables of each secret's source. One is enough. */
const SECRET_SOURCES: Record<SecretName, readonly [EnvName, EnvName]> = {
  license: ["LICENSE_SECRET_ARN", "LICENSE_PATH"],
  licenseKey: ["LICENSE_KEY_SECRET_ARN", "LICENSE_KEY"],
  leaseSigning: ["LEASE_SIGNING_SECRET_ARN", "LEASE_SIGNING_PATH"],
  accessSigning: ["ACCESS_SIGNING_SECRET_ARN", "ACCESS_SIGNING_PATH"],
};

const missing = (given: Record<string, string | undefined>, { table, secrets, bucket }: FunctionSpec): string[] => [
  ...(table !== undefined && given["TABLE_NAME"] === undefined ? ["TABLE_NAME is not set"] : []),
  ...(bucket !== undefined && given["REPORT_BUCKET"] === undefined && given["REPORT_DIR"] === undefined
    ? ["REPORT_BUCKET or REPORT_DIR is not set"]
    : []),
  ...secrets
    .map((secret) => SECRET_SOURCES[secret])
    .filter((names) => names.every((name) => given[name] === undefined))
    .map((names) => `${names.join(" or ")} is not set`),
];

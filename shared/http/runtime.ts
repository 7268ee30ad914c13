import { randomUUID } from "node:crypto";
import { FUNCTIONS, type FunctionName } from "../contract/functions.ts";
import { type Env, parseEnv } from "../contract/parse-env.ts";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import { anchorDays } from "../licensing/anchor.ts";
import { type LicenseKeyCheck, licenseKeyCheck } from "../licensing/license-key.ts";
import { type LicenseSource, licenseSource } from "../licensing/license-source.ts";
import {
  fileSecret,
  fixedSecret,
  type SecretSource,
  type SecretVersion,
  secretsManagerSecret,
} from "../licensing/secret.ts";
import { type SigningKeys, signingKeys } from "../licensing/signing-keys.ts";
import { type CurrentBook, currentBook } from "../seats/current-book.ts";
import { type ClaimedCounts, claimedCounts } from "../seats/numbers.ts";
import { createClient, createTable } from "../store/dynamodb.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { type UsageSince, usageSince } from "../usage/since.ts";

/** After this many missed heartbeats an operator is stale. */
const MISSED_HEARTBEATS = 3;

/** What a handler may build its endpoints from. Each part is made on first use, so a function has only what it asks for. */
export type Runtime = {
  readonly env: Env;
  readonly log: Logger;
  readonly now: () => EpochMs;
  readonly newId: () => string;
  readonly pace: Pace;
  readonly staleMs: number;
  readonly table: Table;
  readonly license: LicenseSource;
  readonly checkKey: LicenseKeyCheck;
  readonly leaseKeys: SigningKeys;
  readonly currentBook: CurrentBook;
  readonly counts: ClaimedCounts;
  readonly usageSince: UsageSince;
};

/** The real world: the process's environment and clock. All that a test replaces is an argument. */
export const createRuntime = (
  name: FunctionName,
  source: Readonly<Record<string, string | undefined>> = process.env,
  world: { now: () => EpochMs; newId: () => string; random: () => number; table?: Table; log?: Logger } = REAL,
): Runtime => {
  const env = parseEnv(source, FUNCTIONS[name]);
  const log = world.log ?? createLogger(env.LOG_LEVEL);
  const { now, newId, random } = world;
  const pace: Pace = { now, random, sleep };
  const table = lazily(() => world.table ?? openTable(env, pace));
  const license = lazily(() => licenseSource(licenseSecret(env), now, log));
  const checkKey = lazily(() => licenseKeyCheck(licenseKeySecret(env), now, log));
  const leaseKeys = lazily(() => signingKeys(leaseSigningSecret(env), "lease", now, log));
  const book = lazily(() => currentBook(anchorDays(table(), env.SEATS_ANCHOR_DAY, now)));
  const counts = lazily(() => claimedCounts(table(), now));
  const since = lazily(() => usageSince(table()));
  return {
    env,
    log,
    now,
    newId,
    pace,
    staleMs: MISSED_HEARTBEATS * env.HEARTBEAT_INTERVAL_SECONDS * SECOND_MS,
    get table() {
      return table();
    },
    get license() {
      return license();
    },
    get checkKey() {
      return checkKey();
    },
    get leaseKeys() {
      return leaseKeys();
    },
    get currentBook() {
      return book();
    },
    get counts() {
      return counts();
    },
    get usageSince() {
      return since();
    },
  };
};

const REAL = { now: Date.now, newId: randomUUID, random: Math.random };

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const lazily = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const openTable = (env: Env, pace: Pace): Table =>
  createTable({ client: createClient(env.DYNAMODB_ENDPOINT), tableName: env.TABLE_NAME ?? "", pace });

const licenseSecret = (env: Env): SecretSource =>
  env.LICENSE_PATH === undefined
    ? secretsManagerSecret(env.LICENSE_SECRET_ARN ?? "", licenseVersion(env))
    : fileSecret(env.LICENSE_PATH);

const licenseVersion = (env: Env): SecretVersion => ({
  versionId: env.LICENSE_SECRET_VERSION_ID,
  versionStage: env.LICENSE_SECRET_VERSION_STAGE,
});

const licenseKeySecret = (env: Env): SecretSource =>
  env.LICENSE_KEY === undefined ? secretsManagerSecret(env.LICENSE_KEY_SECRET_ARN ?? "") : fixedSecret(env.LICENSE_KEY);

const leaseSigningSecret = (env: Env): SecretSource =>
  env.LEASE_SIGNING_PATH === undefined
    ? secretsManagerSecret(env.LEASE_SIGNING_SECRET_ARN ?? "")
    : fileSecret(env.LEASE_SIGNING_PATH);

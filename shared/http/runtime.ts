import { randomUUID } from "node:crypto";
import { FUNCTIONS, type FunctionName } from "../contract/functions.ts";
import { type Env, parseEnv } from "../contract/parse-env.ts";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import { type AnchorDays, anchorDays } from "../licensing/anchor.ts";
import { type LicenseKeys, licenseKeys } from "../licensing/license-key.ts";
import { type LicenseSource, licenseSource } from "../licensing/license-source.ts";
import { revokedTokens } from "../licensing/revoked-tokens.ts";
import { type LicenseSeen, licenseSeen } from "../licensing/seen.ts";
import { type SigningKeys, signingKeys } from "../licensing/signing-keys.ts";
import { readCatalog, readRevision } from "../policies/catalog/read.ts";
import { type HeldCatalog, heldCatalog } from "../policies/held-catalog.ts";
import { type StartPolicies, startPolicies } from "../policies/start-policies.ts";
import { type CurrentBook, currentBook } from "../seats/current-book.ts";
import { type ClaimedCounts, claimedCounts } from "../seats/numbers.ts";
import { heldRules } from "../seats/rules.ts";
import { createClient, createTable } from "../store/dynamodb.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { type ProcessMarks, usageMarks } from "../usage/marks.ts";
import { type AddressCheck, allowedAddresses } from "./allowed-addresses.ts";
import type { AccessCheck } from "./authenticate.ts";
import { type Clusters, heldClusters } from "./clusters.ts";
import { readAhead } from "./read-ahead.ts";
import { accessSigningSecret, leaseSigningSecret, licenseKeySources, licenseStore, trustAnchors } from "./sources.ts";

/** An operator is stale after this many missed heartbeats. */
const MISSED_HEARTBEATS = 3;

/** What a handler builds its endpoints from. Each part is created on first use, so a function creates only what it needs. */
export type Runtime = {
  readonly env: Env;
  readonly log: Logger;
  readonly now: () => EpochMs;
  readonly newId: () => string;
  readonly pace: Pace;
  readonly staleMs: number;
  readonly checkAddress: AddressCheck;
  readonly table: Table;
  readonly license: LicenseSource;
  readonly licenseSeen: LicenseSeen;
  readonly licenseKeys: LicenseKeys;
  readonly leaseKeys: SigningKeys;
  readonly accessKeys: SigningKeys;
  /** What the access tokens of callers are checked with. */
  readonly access: AccessCheck;
  readonly anchors: AnchorDays;
  readonly currentBook: CurrentBook;
  readonly counts: ClaimedCounts;
  readonly usageMarks: ProcessMarks;
  readonly clusters: Clusters;
  readonly catalog: HeldCatalog;
  readonly policies: StartPolicies;
};

/** What a function gets from outside. Without sleep, table or log, the real ones are used. */
export type Outside = Omit<Pace, "sleep"> & {
  newId: () => string;
  sleep?: Pace["sleep"];
  table?: Table;
  log?: Logger;
};

/** The runtime over the process's environment and clock. Everything that a test replaces is an argument. */
export const createRuntime = (
  name: FunctionName,
  source: Readonly<Record<string, string | undefined>> = process.env,
  world: Outside = REAL,
): Runtime => {
  const env = parseEnv(source, FUNCTIONS[name]);
  const log = world.log ?? createLogger(env.LOG_LEVEL, undefined, undefined, undefined, metricsWanted(env));
  const { now, newId, random, sleep = realSleep } = world;
  const pace: Pace = { now, random, sleep };
  const table = lazily(() => world.table ?? openTable(env, pace));
  const license = lazily(() => licenseSource(licenseStore(env), trustAnchors(env), now, log));
  const keys = lazily(() => licenseKeys(licenseKeySources(env), now, log));
  const leaseKeys = lazily(() => signingKeys(leaseSigningSecret(env), "lease", now, log));
  const accessKeys = lazily(() => signingKeys(accessSigningSecret(env), "access", now, log));
  const access = lazily(() => ({
    keys: accessKeys(),
    issuer: env.TOKEN_ISSUER,
    isRevoked: revokedTokens(table, now, log),
  }));
  const retentionDays = env.RETENTION_SESSIONS_DAYS;
  const seen = lazily(() => licenseSeen({ table: table(), pace, newId, retentionDays, log }));
  const rules = lazily(() => heldRules(table, now));
  const counts = lazily(() => claimedCounts(table(), now, rules().saw));
  const anchors = lazily(() => anchorDays(seen(), env.SEATS_ANCHOR_DAY));
  const book = lazily(() => currentBook(anchors(), rules()));
  const marks = lazily(() => usageMarks(table(), now, retentionDays));
  const clusters = lazily(() => heldClusters(table));
  const catalog = lazily(() =>
    heldCatalog(
      {
        revision: () => readRevision(table(), { consistent: false }),
        entries: async () => {
          const { revision, live } = await readCatalog(table(), now());
          return { revision, entries: live };
        },
      },
      now,
    ),
  );
  const policies = lazily(() => startPolicies({ catalog: catalog(), loadEvaluate, log }));
  if (world === REAL)
    readAhead(FUNCTIONS[name], env, {
      license: async () => license()(),
      // An empty key is never valid. Checking it reads the server's key.
      licenseKey: async () => keys().accepts(""),
      leaseSigning: async () => leaseKeys()(),
      accessSigning: async () => accessKeys()(),
    });
  return {
    env,
    log,
    now,
    newId,
    pace,
    checkAddress: allowedAddresses(env.ALLOWED_CIDRS ?? []),
    staleMs: MISSED_HEARTBEATS * env.HEARTBEAT_INTERVAL_SECONDS * SECOND_MS,
    get table() {
      return table();
    },
    get license() {
      return license();
    },
    get licenseSeen() {
      return seen();
    },
    get licenseKeys() {
      return keys();
    },
    get leaseKeys() {
      return leaseKeys();
    },
    get accessKeys() {
      return accessKeys();
    },
    get access() {
      return access();
    },
    get anchors() {
      return anchors();
    },
    get currentBook() {
      return book();
    },

    get counts() {
      return counts();
    },
    get usageMarks() {
      return marks();
    },
    get clusters() {
      return clusters();
    },
    get catalog() {
      return catalog();
    },
    get policies() {
      return policies();
    },
  };
};

const metricsWanted = ({ DEPLOYMENT: deployment, METRICS_HOURLY: hourly }: Env) => ({ deployment, hourly });

const REAL: Outside = { now: Date.now, newId: randomUUID, random: Math.random };

const loadEvaluate = async () => (await import("#policy-evaluator")).evaluate;

const realSleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const lazily = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

const openTable = (env: Env, pace: Pace): Table =>
  createTable({ client: createClient(env.DYNAMODB_ENDPOINT), tableName: env.TABLE_NAME ?? "", pace });

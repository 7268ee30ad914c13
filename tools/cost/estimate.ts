import { FUNCTIONS, type FunctionName, type FunctionSpec, type JobName } from "../../shared/contract/functions.ts";
import { MINUTE_MS } from "../../shared/contract/time.ts";
import { FRESH_MS as SEEDS_FRESH_MS } from "../../shared/licensing/signing-keys.ts";
import type { Deployment } from "./deployment.ts";
import { costPerMillion, OPERATIONS, type OperationName } from "./operations.ts";
import { HOURS_A_MONTH, PRICES } from "./prices.ts";

/** The users of the server and their load. */
export type Team = {
  operators: number;
  /** Active users in a month; each claims a seat. */
  users: number;
  sessionsPerDay: number;
  workingDays: number;
  heartbeatSeconds: number;
  reportsPerMonth: number;
  /** The months of stored sessions. */
  months: number;
  /** How many processes of the heartbeat function are warm at a time. */
  processes: number;
  /** The factor for the assumed milliseconds of functions. */
  slowness: number;
};

export const DEFAULT_TEAM: Team = {
  operators: 20,
  users: 200,
  sessionsPerDay: 1_000,
  workingDays: 21,
  heartbeatSeconds: 60,
  reportsPerMonth: 30,
  months: 12,
  processes: 2,
  slowness: 1,
};

export type Line = { what: string; usd: number };

export type Estimate = {
  /** Fixed costs, without any operator. */
  fixed: Line[];
  /** The cost of running operators, even without sessions. */
  operators: Line[];
  /** The cost of sessions and reports. */
  use: Line[];
  perOperatorMonth: number;
  perThousandSessions: number;
  total: number;
};

const MILLION = 1_000_000;
const MINUTES_A_MONTH = HOURS_A_MONTH * 60;
/** A session and its entry in the index, with DynamoDB's own 100 bytes for each. */
const SESSION_BYTES = 2 * (1_024 + 100);
/** Day and month rollups, some of which the sessions of a day share. */
const ROLLUP_BYTES = 500;
/** CloudWatch keeps log lines compressed (CloudWatch pricing, "archived log volume"). */
const LOG_COMPRESSION = 0.15;
/** A new table on demand has so many partitions, and its stream as many shards; a pipe looks at each four times a second. */
const STREAM_READS_A_MONTH = 4 * 4 * 3_600 * HOURS_A_MONTH;

/**
 * Lambda polls a queue all day with five requests at a time, each of which waits up to 20 s (AWS Compute Blog, "Understanding
 * how AWS Lambda scales with Amazon SQS standard queues"). With a maximum concurrency it may be fewer.
 */
const QUEUE_READS_A_MONTH = 5 * (3_600 / 20) * HOURS_A_MONTH;

/** What a deployment costs in a month even if nobody uses it, in US dollars. */
export const fixedLines = (deployment: Deployment, slowness = 1): Line[] => [
  { what: `${deployment.secrets} secrets`, usd: deployment.secrets * PRICES.secretMonth },
  { what: `${deployment.alarms} alarms`, usd: deployment.alarms * PRICES.alarmMonth },
  ...some(deployment.hourlyMetrics, "custom metrics that are sent every hour", PRICES.customMetricMonth),
  ...some(deployment.dashboards, "dashboard", PRICES.dashboardMonth),
  ...deployment.jobs.map(({ name, runs }) => ({
    what: `the job ${name}, ${round(runs)} runs`,
    usd: jobUsd(name, runs, slowness),
  })),
  ...some(deployment.pipes, "pipe that reads the stream, if that is billed", streamUsd()),
  ...some(deployment.polledQueues, "queue that Lambda polls", queueUsd(QUEUE_READS_A_MONTH)),
];

const some = (count: number, what: string, usd: number): Line[] =>
  count === 0 ? [] : [{ what: `${count} ${what}`, usd: count * usd }];

/** What a deployment costs in a month, in US dollars. */
export const estimate = (team: Team, deployment: Deployment): Estimate => {
  const counts = countsOf(team);
  const of = (name: OperationName) => (counts[name] / MILLION) * costPerMillion(name, team.slowness).total;
  const fixed = fixedLines(deployment, team.slowness);
  const hasEvents = deployment.pipes > 0;
  const hasJira = deployment.polledQueues > 0;
  const operators: Line[] = [
    { what: `${round(counts.heartbeat)} heartbeats`, usd: of("heartbeat") },
    { what: "their function reads its secrets", usd: secretReadsUsd(team, counts) },
  ];
  const use: Line[] = [
    { what: `${round(counts.start)} starts`, usd: of("start") },
    { what: `${round(counts.claim)} claims`, usd: of("claim") },
    { what: `${round(counts.end)} ends`, usd: of("end") },
    { what: "the sessions function reads its secrets", usd: sessionSecretReadsUsd(counts) },
    { what: `${round(counts.report)} reports`, usd: of("report") },
    { what: `table and point-in-time recovery after ${team.months} months`, usd: storageUsd(team, counts) },
    { what: "a month of logs, stored", usd: logStorageUsd(counts) },
    ...(hasEvents ? [{ what: "events of sessions", usd: eventsUsd(counts) }] : []),
    ...(hasJira ? [{ what: "reports to Jira", usd: reportsToJiraUsd(counts) }] : []),
  ];
  return {
    fixed,
    operators,
    use,
    perOperatorMonth: (heartbeatsOf(team) / MILLION) * costPerMillion("heartbeat", team.slowness).total,
    perThousandSessions:
      (costPerMillion("start", team.slowness).total + costPerMillion("end", team.slowness).total) / 1_000,
    total: sum(fixed) + sum(operators) + sum(use),
  };
};

export const sum = (lines: readonly Line[]): number => lines.reduce((total, { usd }) => total + usd, 0);

const heartbeatsOf = ({ heartbeatSeconds }: Team): number => (HOURS_A_MONTH * 3_600) / heartbeatSeconds;

type Counts = Record<OperationName, number>;

const countsOf = (team: Team): Counts => {
  const sessions = team.sessionsPerDay * team.workingDays;
  const claims = Math.min(team.users, sessions);
  return {
    heartbeat: team.operators * heartbeatsOf(team),
    start: sessions - claims,
    claim: claims,
    end: sessions,
    denial: 0,
    report: team.reportsPerMonth,
    license: 0,
  };
};

/** A run without work: one second, a hundred read units, and each of its secrets read anew. */
const jobUsd = (name: JobName, runs: number, slowness: number): number => {
  const requests = PRICES.schedulesPerMillion + PRICES.invocationsPerMillion + 100 * PRICES.readUnitsPerMillion;
  const secrets = FUNCTIONS[name].secrets.length * PRICES.secretReadsPerMillion;
  return runs * ((requests + secrets) / MILLION + (FUNCTIONS[name].memoryMb / 1_024) * slowness * PRICES.gbSecond);
};

const readsUsd = (reads: number): number => (reads / MILLION) * PRICES.secretReadsPerMillion;

/** How often a busy process reads the secrets of its function in a minute. */
const readsAMinute = (name: FunctionName): number => {
  const { secrets, rareSecrets = [] }: FunctionSpec = FUNCTIONS[name];
  const usual = secrets.filter((secret) => !rareSecrets.includes(secret));
  return usual.reduce((sum, secret) => sum + (secret.endsWith("Signing") ? MINUTE_MS / SEEDS_FRESH_MS : 1), 0);
};

// A process reads a secret only for a request.
const secretReadsUsd = ({ processes }: Team, { heartbeat }: Counts): number =>
  readsUsd(readsAMinute("heartbeat") * Math.min(heartbeat, processes * MINUTES_A_MONTH));

const sessionSecretReadsUsd = ({ start, claim, end }: Counts): number =>
  readsUsd(readsAMinute("sessions") * Math.min(start + claim + end, MINUTES_A_MONTH));

const storageUsd = ({ months }: Team, { end }: Counts): number =>
  ((end * months * (SESSION_BYTES + ROLLUP_BYTES)) / 1e9) * (PRICES.tableGbMonth + PRICES.recoveryGbMonth);

const logStorageUsd = (counts: Counts): number => {
  const names = Object.keys(OPERATIONS) as OperationName[];
  const bytes = names.reduce((total, name) => total + counts[name] * OPERATIONS[name].logBytes, 0);
  return (bytes / 1e9) * LOG_COMPRESSION * PRICES.logStoredGbMonth;
};

const streamUsd = (): number => (STREAM_READS_A_MONTH / MILLION) * PRICES.streamReadsPerMillion;

const queueUsd = (requests: number): number => (requests / MILLION) * PRICES.queueRequestsPerMillion;

// Each end is sent to the queue, received and deleted, each in its own call. Jira answers within a second.
const reportsToJiraUsd = ({ end }: Counts): number =>
  queueUsd(3 * end) +
  end * (PRICES.invocationsPerMillion / MILLION + (FUNCTIONS.jira.memoryMb / 1_024) * PRICES.gbSecond);

// Each start and end is one event, each claim another.
const eventsUsd = ({ start, claim, end }: Counts): number =>
  ((start + 2 * claim + end) / MILLION) *
  (PRICES.pipeRequestsPerMillion + PRICES.busEventsPerMillion + PRICES.invocationsPerMillion);

const round = (count: number): string => Math.round(count).toLocaleString("en-US");

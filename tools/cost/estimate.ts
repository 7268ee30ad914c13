import { FUNCTIONS, JOBS } from "../../shared/contract/functions.ts";
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
  alarms: number;
  customMetrics: number;
  dashboards: number;
  /** How many processes of the heartbeat function are warm at a time. */
  processes: number;
  /** Whether events are published to a bus. */
  events: boolean;
  /** Whether session time is reported to Jira, which uses events. */
  jira: boolean;
  /** The factor for the assumed milliseconds of functions. */
  slowness: number;
};

/** A few more alarms and metrics than there are, so that the estimate stays right when one is added. */
export const DEFAULT_TEAM: Team = {
  operators: 20,
  users: 200,
  sessionsPerDay: 1_000,
  workingDays: 21,
  heartbeatSeconds: 60,
  reportsPerMonth: 30,
  months: 12,
  alarms: 38,
  customMetrics: 20,
  dashboards: 1,
  processes: 2,
  events: false,
  jira: false,
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
const SECRETS = new Set(Object.values(FUNCTIONS).flatMap(({ secrets }): readonly string[] => secrets)).size;
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

/** What a deployment costs in a month, in US dollars. */
export const estimate = (team: Team): Estimate => {
  const counts = countsOf(team);
  const of = (name: OperationName) => (counts[name] / MILLION) * costPerMillion(name, team.slowness).total;
  const fixed: Line[] = [
    { what: `${SECRETS} secrets`, usd: SECRETS * PRICES.secretMonth },
    { what: `${team.alarms} alarms`, usd: team.alarms * PRICES.alarmMonth },
    { what: `${team.customMetrics} custom metrics`, usd: team.customMetrics * PRICES.customMetricMonth },
    { what: `${team.dashboards} dashboard`, usd: team.dashboards * PRICES.dashboardMonth },
    { what: "hourly jobs", usd: jobsUsd(team.slowness) },
    ...(hasEvents(team) ? [{ what: "a pipe that reads the stream, if that is billed", usd: streamUsd() }] : []),
    ...(team.jira ? [{ what: "Lambda asks the queue of reports to Jira", usd: queueUsd(QUEUE_READS_A_MONTH) }] : []),
  ];
  const operators: Line[] = [
    { what: `${round(counts.heartbeat)} heartbeats`, usd: of("heartbeat") },
    { what: "their function reads its secrets every minute", usd: secretReadsUsd(team, counts) },
  ];
  const use: Line[] = [
    { what: `${round(counts.start)} starts`, usd: of("start") },
    { what: `${round(counts.claim)} claims`, usd: of("claim") },
    { what: `${round(counts.end)} ends`, usd: of("end") },
    { what: "the sessions function reads its secrets", usd: sessionSecretReadsUsd(counts) },
    { what: `${round(counts.report)} reports`, usd: of("report") },
    { what: `table and point-in-time recovery after ${team.months} months`, usd: storageUsd(team, counts) },
    { what: "a month of logs, stored", usd: logStorageUsd(counts) },
    ...(hasEvents(team) ? [{ what: "events of sessions", usd: eventsUsd(counts) }] : []),
    ...(team.jira ? [{ what: "reports to Jira", usd: reportsToJiraUsd(counts) }] : []),
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

/** A run without work: one second, a hundred read units. */
const jobsUsd = (slowness: number): number => {
  const names = JOBS.filter((name) => name !== "reportJob");
  const perRun = names.map(
    (name) =>
      (PRICES.schedulesPerMillion + PRICES.invocationsPerMillion + 100 * PRICES.readUnitsPerMillion) / MILLION +
      (FUNCTIONS[name].memoryMb / 1_024) * slowness * PRICES.gbSecond,
  );
  return HOURS_A_MONTH * perRun.reduce((total, usd) => total + usd, 0);
};

const readsUsd = (reads: number): number => (reads / MILLION) * PRICES.secretReadsPerMillion;

// A process reads each of its secrets at most once a minute, and only for a request.
const secretReadsUsd = ({ processes }: Team, { heartbeat }: Counts): number =>
  readsUsd(FUNCTIONS.heartbeat.secrets.length * Math.min(heartbeat, processes * MINUTES_A_MONTH));

const sessionSecretReadsUsd = ({ start, claim, end }: Counts): number =>
  readsUsd(FUNCTIONS.sessions.secrets.length * Math.min(start + claim + end, MINUTES_A_MONTH));

const storageUsd = ({ months }: Team, { end }: Counts): number =>
  ((end * months * (SESSION_BYTES + ROLLUP_BYTES)) / 1e9) * (PRICES.tableGbMonth + PRICES.recoveryGbMonth);

const logStorageUsd = (counts: Counts): number => {
  const names = Object.keys(OPERATIONS) as OperationName[];
  const bytes = names.reduce((total, name) => total + counts[name] * OPERATIONS[name].logBytes, 0);
  return (bytes / 1e9) * LOG_COMPRESSION * PRICES.logStoredGbMonth;
};

const streamUsd = (): number => (STREAM_READS_A_MONTH / MILLION) * PRICES.streamReadsPerMillion;

const hasEvents = ({ events, jira }: Team): boolean => events || jira;

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

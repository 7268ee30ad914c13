import type * as v from "valibot";
import type { ProblemCode } from "../../shared/contract/problems.ts";
import {
  AuditQuery,
  DenialReportQuery,
  ErrorReportQuery,
  NoQuery,
  OperatorListQuery,
  SeatListQuery,
  SessionKillAllQuery,
  SessionListQuery,
  UsageReportQuery,
  UsageTrendsQuery,
} from "../../shared/contract/queries.ts";
import { HEARTBEAT_LIMITS, MAX_BODY_BYTES } from "../../shared/contract/requests.ts";
import { RESPONSE_EXAMPLES } from "../../shared/contract/response-examples.ts";
import type { RouteName } from "../../shared/contract/routes.ts";
import { writeUsageCsv } from "../../shared/reports/csv.ts";
import type { ComponentName } from "./schemas.ts";

/** What the document says of an operation beyond its route. */
export type OperationDoc = {
  readonly tag: "Operators" | "Sessions and seats" | "Reports" | "Server";
  readonly description: string;
  readonly query: v.GenericSchema;
  /** Faults apart, the JSON body it takes. */
  readonly body?: ComponentName;
  readonly maxBodyBytes?: number;
  readonly success: Readonly<Record<number, string>>;
  /** The JSON answer's schema; undefined is any object, none is no body at all. */
  readonly answer: ComponentName | undefined | "none";
  readonly otherAnswers?: Readonly<Record<string, object>>;
  /** Whether the answer is a file, with the name to save it under. */
  readonly attachment?: true;
  /** Its own error codes, beside those that every operation of its kind has. */
  readonly problems: readonly ProblemCode[];
};

export const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Lambda answers at most 6 MB, of which base64 takes a quarter. */
const LARGE = "The answer is larger than 4.5 MB: fetch it from `Location`, without the key.";

export const OPERATIONS: Readonly<Record<RouteName, OperationDoc>> = {
  root: {
    tag: "Server",
    description: "For people who open the server's address. Without the dashboard, the answer is a JSON object.",
    query: NoQuery,
    success: { 302: "`Location` is the dashboard.", 200: "The dashboard is turned off." },
    answer: "none",
    problems: [],
  },
  health: {
    tag: "Server",
    description:
      "For load balancers and probes: the server answers. It says nothing of the license. Query parameters are ignored.",
    query: NoQuery,
    success: { 200: "The server answers." },
    answer: "HealthResponse",
    problems: [],
  },
  openapi: {
    tag: "Server",
    description: "The document you are reading.",
    query: NoQuery,
    success: { 200: "An OpenAPI 3.1 document." },
    answer: undefined,
    problems: [],
  },
  jwks: {
    tag: "Server",
    description: "A JSON Web Key Set (RFC 7517): whoever holds it can verify a lease token offline.",
    query: NoQuery,
    success: { 200: "The keys that verify." },
    answer: "JwksResponse",
    problems: ["Unavailable"],
  },
  licenseGet: {
    tag: "Operators",
    description: "An expired license and one that is not valid yet are served too; `status` says so.",
    query: NoQuery,
    success: { 200: "The license. An access token gets its terms without the PEM." },
    answer: "LicenseGetResponse",
    otherAnswers: {
      "application/x-pem-file": { schema: { type: "string" }, example: RESPONSE_EXAMPLES.licenseGet.license.pem },
    },
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
  licensePost: {
    tag: "Operators",
    description:
      "Sent once at an operator's start. `lease` is null, with `lease_reason`, where the license gives none; the answer is a 200 all the same.",
    query: NoQuery,
    body: "LicensePost",
    success: { 200: "The license, and a lease or the reason for none." },
    answer: "LicensePostResponse",
    problems: ["OperatorTooOld", "LicenseMissing", "LicenseInvalid"],
  },
  heartbeat: {
    tag: "Operators",
    description: [
      "Sent every `heartbeat_interval_secs`. The lease is renewed first; then the events are worked off until a deadline, each on its own, so that one bad event spoils neither the others nor the heartbeat.",
      "An operator keeps every event that stands in none of `accepted`, `rejected` and `denied`, and sends it again: events are idempotent. A start whose user's seat is held (`held_until`) may wait for the next heartbeat; an end always may.",
      `At most ${HEARTBEAT_LIMITS.bytes} bytes and, as \`maxItems\` says, so many entries a list; over a limit the answer is a 413 that names it. A lease token speaks for its own \`instance_id\` only.`,
    ].join("\n\n"),
    query: NoQuery,
    body: "Heartbeat",
    maxBodyBytes: HEARTBEAT_LIMITS.bytes,
    success: { 200: "What was done with the events, and what the operator is to do." },
    answer: "HeartbeatResponse",
    problems: [],
  },
  sessionStart: {
    tag: "Sessions and seats",
    description:
      "A user who holds a seat of the current period keeps it; a `ci` session takes none. A lease token speaks for its own `instance_id` only.",
    query: NoQuery,
    body: "SessionStart",
    success: { 201: "The session is recorded.", 200: "It already was, by the same start." },
    answer: "SessionStartResponse",
    problems: [
      "LicenseExpired",
      "LicenseNotYetValid",
      "MaxSeatCountReached",
      "OperatorTooOld",
      "SessionConflict",
      "SessionEnded",
      "LicenseMissing",
      "LicenseInvalid",
    ],
  },
  sessionEnd: {
    tag: "Sessions and seats",
    description:
      "Answered alike when sent again. The seat stays the user's until the period ends. A session whose start the server has not seen is recorded whole if the body carries `start`; otherwise it is a 404.",
    query: NoQuery,
    body: "SessionEnd",
    success: { 200: "The end is recorded." },
    answer: "SessionEndResponse",
    problems: ["NotFound"],
  },
  sessionList: {
    tag: "Sessions and seats",
    description: "The sessions that run now. Filters that are given must all match.",
    query: SessionListQuery,
    success: { 200: "A page of sessions." },
    answer: "SessionListResponse",
    problems: [],
  },
  sessionKill: {
    tag: "Sessions and seats",
    description:
      "The request is kept, handed to the session's operator in the `terminate` of its next heartbeats until the session is gone, and audited. Asking again changes nothing.",
    query: NoQuery,
    success: { 202: "Its operator is asked to stop it." },
    answer: "none",
    problems: ["NotFound"],
  },
  sessionKillAll: {
    tag: "Sessions and seats",
    description: "As killing one, for every session that is live now. Filters that are given must all match.",
    query: SessionKillAllQuery,
    success: { 202: "Their operators are asked to stop them." },
    answer: "SessionKillAllResponse",
    problems: [],
  },
  operatorList: {
    tag: "Operators",
    description:
      "The operator instances of the last 30 days, by their ids: an operator gets a new id each time it starts.",
    query: OperatorListQuery,
    success: { 200: "A page of operators." },
    answer: "OperatorListResponse",
    problems: [],
  },
  seatList: {
    tag: "Sessions and seats",
    description:
      "With `summary=true` only the numbers, which cost one read: the preflight of a start. All seats are free again when the period ends. The numbers are of all of them, on every page.",
    query: SeatListQuery,
    success: { 200: "The seats." },
    answer: "SeatListResponse",
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
  seatRelease: {
    tag: "Sessions and seats",
    description:
      "For a user who is gone, or a machine that was replaced. Running sessions continue; the user's next session claims again. For an hour, `seats_lost` of every heartbeat contains the seat.",
    query: NoQuery,
    success: { 204: "The seat is free." },
    answer: "none",
    problems: ["NotFound", "LicenseMissing", "LicenseInvalid"],
  },
  auditList: {
    tag: "Reports",
    description: "Written with each decision, not after it. Without `from`, of the last 30 days; the oldest first.",
    query: AuditQuery,
    success: { 200: "A page of the audit." },
    answer: "AuditListResponse",
    problems: [],
  },
  usageTrends: {
    tag: "Reports",
    description:
      "The last days, today included. Days that are over are fixed by an hourly job, peaks included; an event that comes late has its day done again.",
    query: UsageTrendsQuery,
    success: { 200: "One entry per day.", 303: LARGE },
    answer: "UsageTrends",
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
  errorReport: {
    tag: "Reports",
    description: "Without `from`, of the last 30 days; the oldest first. Kept as long as the deployment says.",
    query: ErrorReportQuery,
    success: { 200: "A page of errors." },
    answer: "ErrorReport",
    problems: [],
  },
  denialReport: {
    tag: "Reports",
    description:
      "Whole days in UTC, those that `from` and `to` touch; without `from`, the last 30. A user who was refused several times on a day stands in one entry.",
    query: DenialReportQuery,
    success: { 200: "The denials.", 303: LARGE },
    answer: "DenialReport",
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
  dashboard: {
    tag: "Server",
    description: "One page without third-party requests. It asks for an access token, or takes one from its fragment.",
    query: NoQuery,
    success: { 200: "The page." },
    answer: "none",
    problems: ["NotFound"],
  },
  metrics: {
    tag: "Server",
    description:
      "Prometheus' text format 0.0.4, or OpenMetrics 1.0 where `Accept` prefers it. Counters never go down. A scrape costs the same however many sessions there are, and is answered without a license, too.",
    query: NoQuery,
    success: { 200: "The metrics." },
    answer: "none",
    otherAnswers: {
      "text/plain": { schema: { type: "string" } },
      "application/openmetrics-text": { schema: { type: "string" } },
    },
    problems: [],
  },
  usageReport: {
    tag: "Reports",
    description:
      "A session belongs to a report if it ended in its timeframe, `from <= ended_at < to`; live ones are counted as running and stand in no sum. The workbook has the sheets General and Users, then Targets, Trends and Denials where there is something to tell; the CSV has the users alone, with an apostrophe before a name that a spreadsheet would take for a formula.",
    query: UsageReportQuery,
    success: { 200: "The report.", 303: LARGE },
    answer: "UsageReport",
    otherAnswers: {
      [XLSX]: {},
      "text/csv": { schema: { type: "string" }, example: writeUsageCsv(RESPONSE_EXAMPLES.usageReport) },
    },
    attachment: true,
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
};

/** The error codes an operation may answer with, those of its kind included. */
export const problemsOf = (doc: OperationDoc, isOpen: boolean): ProblemCode[] => [
  "BadRequest",
  ...(isOpen ? [] : (["Unauthorized", "Forbidden", "TooManyRequests", "Unavailable"] as const)),
  ...(doc.body === undefined ? [] : (["PayloadTooLarge", "UnsupportedMediaType"] as const)),
  "Internal",
  ...doc.problems,
];

/** The size above which a body is refused with a 413, in bytes. */
export const maxBodyBytesOf = (doc: OperationDoc): number => doc.maxBodyBytes ?? MAX_BODY_BYTES;

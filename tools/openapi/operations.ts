import type * as v from "valibot";
import { CATALOG_LIMITS, MAX_CATALOG_BODY_BYTES } from "../../shared/contract/catalog.ts";
import type { ProblemCode } from "../../shared/contract/problems.ts";
import {
  AuditQuery,
  CatalogChangeQuery,
  CatalogEntryQuery,
  CatalogListQuery,
  DenialReportQuery,
  ErrorReportQuery,
  NoQuery,
  OperatorListQuery,
  SeatHistoryQuery,
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
import { writeSeatHistoryCsv } from "../../shared/reports/seat-history-csv.ts";
import type { ComponentName } from "./schemas.ts";

/** What the document says of an operation beyond its route. */
export type OperationDoc = {
  readonly tag: "Operators" | "Sessions and seats" | "Policies and profiles" | "Reports" | "Server";
  readonly description: string;
  readonly query: v.GenericSchema;
  /** The JSON body that it accepts. */
  readonly body?: ComponentName;
  readonly maxBodyBytes?: number;
  readonly success: Readonly<Record<number, string>>;
  /** The JSON answer's schema; undefined is any object, none is no body at all. */
  readonly answer: ComponentName | undefined | "none";
  /** The statuses whose answer is that of another operation. */
  readonly answersAs?: Readonly<Record<number, RouteName>>;
  readonly otherAnswers?: Readonly<Record<string, object>>;
  /** Whether the answer is a file, with the name to save it under. */
  readonly attachment?: true;
  /** Its own error codes, beside those that every operation of its kind has. */
  readonly problems: readonly ProblemCode[];
};

export const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Each encoding of a document has a tag of its own. */
const SAME_VERSION = "`If-None-Match` names this version in this encoding.";

/** Lambda answers at most 6 MB, and base64 needs a quarter of that. */
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
    success: { 200: "An OpenAPI 3.1 document.", 304: SAME_VERSION },
    answer: undefined,
    problems: [],
  },
  jwks: {
    tag: "Server",
    description: "A JSON Web Key Set (RFC 7517). With it an operator verifies lease tokens offline.",
    query: NoQuery,
    success: { 200: "The keys that verify tokens." },
    answer: "JwksResponse",
    problems: ["Unavailable"],
  },
  licenseGet: {
    tag: "Operators",
    description: "The answer also has a license that has expired or is not valid yet; see `status`.",
    query: NoQuery,
    success: { 200: "The license. With the scope `license:read`, its terms without the PEM." },
    answer: "LicenseGetResponse",
    otherAnswers: {
      "application/x-pem-file": { schema: { type: "string" }, example: RESPONSE_EXAMPLES.licenseGet.license.pem },
    },
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
  licensePost: {
    tag: "Operators",
    description:
      "Sent once at an operator's start. If the license allows no lease, `lease` is null and `lease_reason` says why; the status is still 200.",
    query: NoQuery,
    body: "LicensePost",
    success: { 200: "The license, and a lease or the reason for none." },
    answer: "LicensePostResponse",
    problems: ["OperatorTooOld", "MaxOperatorsReached", "LicenseMissing", "LicenseInvalid"],
  },
  heartbeat: {
    tag: "Operators",
    description: [
      "Sent every `heartbeat_interval_secs`. The lease is renewed first. Then the server handles the events until a deadline. Each event is on its own: a bad one affects neither the others nor the heartbeat.",
      "An operator keeps every event that is in none of `accepted`, `rejected` and `denied`, and sends it again. Events are idempotent. A start may wait for the next heartbeat if its user's seat is held (`held_until`); an end always may.",
      `At most ${HEARTBEAT_LIMITS.bytes} bytes, and \`maxItems\` entries in each list. Over a limit the answer is a 413 that names it. A lease token is valid for its own \`instance_id\` only.`,
    ].join("\n\n"),
    query: NoQuery,
    body: "Heartbeat",
    maxBodyBytes: HEARTBEAT_LIMITS.bytes,
    success: { 200: "The result of each event, and what the operator must do." },
    answer: "HeartbeatResponse",
    problems: [],
  },
  sessionStart: {
    tag: "Sessions and seats",
    description:
      "A user who holds a seat of the current period keeps it. A `ci` session needs no seat. A lease token is valid for its own `instance_id` only.",
    query: NoQuery,
    body: "SessionStart",
    success: { 201: "The session is recorded.", 200: "The same start was recorded before." },
    answer: "SessionStartResponse",
    problems: [
      "LicenseExpired",
      "LicenseNotYetValid",
      "MaxSeatCountReached",
      "PolicyDenied",
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
      "Sent again, it gets the same answer. The user keeps the seat until the period ends. If the server does not know the start, it records the whole session from `start`; without `start` the answer is a 404.",
    query: NoQuery,
    body: "SessionEnd",
    success: { 200: "The end is recorded." },
    answer: "SessionEndResponse",
    problems: ["NotFound"],
  },
  sessionList: {
    tag: "Sessions and seats",
    description: "The sessions that run now. A session must match all filters.",
    query: SessionListQuery,
    success: { 200: "A page of sessions." },
    answer: "SessionListResponse",
    problems: [],
  },
  sessionKill: {
    tag: "Sessions and seats",
    description:
      "The request is stored and audited. The session's operator gets it in `terminate` of its heartbeats until the session is gone. A second request changes nothing.",
    query: NoQuery,
    success: { 202: "The stop is requested." },
    answer: "none",
    problems: ["NotFound", "Conflict"],
  },
  sessionKillAll: {
    tag: "Sessions and seats",
    description: "The same as for one session, for every live session. A session must match all filters.",
    query: SessionKillAllQuery,
    success: { 202: "The stops are requested." },
    answer: "SessionKillAllResponse",
    problems: [],
  },
  operatorList: {
    tag: "Operators",
    description:
      "The operator instances of the last 30 days, sorted by id. An operator gets a new id each time it starts.",
    query: OperatorListQuery,
    success: { 200: "A page of operators." },
    answer: "OperatorListResponse",
    problems: [],
  },
  operatorRelease: {
    tag: "Operators",
    description:
      "For a cluster that is gone. The id is the `installation` of an operator in `GET /api/v1/operators`. An installation that still runs takes a slot again with its next heartbeat, if one is free.",
    query: NoQuery,
    success: { 204: "The slot is free." },
    answer: "none",
    problems: ["NotFound"],
  },
  seatList: {
    tag: "Sessions and seats",
    description:
      "With `summary=true` only the numbers, which cost one read. All seats are free again when the period ends. The numbers are of all seats, on every page.",
    query: SeatListQuery,
    success: { 200: "The seats." },
    answer: "SeatListResponse",
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
  seatHistory: {
    tag: "Sessions and seats",
    description:
      "The closed days in UTC that `from` and `to` touch; without `from`, the last 30. An hourly job closes a day soon after its end.",
    query: SeatHistoryQuery,
    success: { 200: "One entry per closed day.", 303: LARGE },
    answer: "SeatHistoryResponse",
    otherAnswers: {
      "text/csv": { schema: { type: "string" }, example: writeSeatHistoryCsv(RESPONSE_EXAMPLES.seatHistory.days) },
    },
    problems: [],
  },
  seatForecast: {
    tag: "Sessions and seats",
    description:
      "When the users reach the license's seats: a least-squares line through the last 30 closed days, with its 80 % prediction interval.",
    query: NoQuery,
    success: { 200: "The forecast, or why there is none." },
    answer: "SeatForecastResponse",
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
    description: "Each entry is written together with the decision. Oldest first; without `from`, the last 30 days.",
    query: AuditQuery,
    success: { 200: "A page of the audit." },
    answer: "AuditListResponse",
    problems: [],
  },
  catalogList: {
    tag: "Policies and profiles",
    description: [
      "All pages of a list are of one revision: if the catalog changes between two pages, the next one is a 409. With `Accept: application/yaml`, the page is YAML with one document for each entry, and the next page is in the header `Link`.",
      "An agent, with its access token or its lease token, gets the whole set of its own cluster as `CatalogSetResponse`, and sends no parameters. With `If-None-Match` the answer is a 304 if the set is the same. It removes only what `remove` names; other objects stay.",
    ].join("\n\n"),
    query: CatalogListQuery,
    success: { 200: "A page of entries. An agent gets the set of its cluster." },
    answer: "CatalogListResponse",
    otherAnswers: { "application/yaml": { schema: { type: "string" } } },
    problems: ["Conflict", "NotFound"],
  },
  catalogStatus: {
    tag: "Policies and profiles",
    description:
      "What the agents of the clusters reported last. An entry that is not listed for a cluster is applied there.",
    query: NoQuery,
    success: { 200: "The clusters, and the entries that are not applied." },
    answer: "CatalogStatusResponse",
    problems: [],
  },
  catalogApply: {
    tag: "Policies and profiles",
    description: [
      `At most ${CATALOG_LIMITS.changes} changes, in one transaction. A put of an entry that exists, and a delete, need the entry's \`etag\` in \`if_match\`.`,
      "A change that wants what is stored already is `unchanged`, whatever `if_match` says, so a request can be repeated. A dry run changes nothing, needs no `if_match` and adds `diff` to the results.",
    ].join("\n\n"),
    query: NoQuery,
    body: "CatalogApply",
    maxBodyBytes: MAX_CATALOG_BODY_BYTES,
    success: { 200: "All changes are made, or would be." },
    answer: "CatalogApplyResponse",
    problems: ["NotFound", "Conflict", "PreconditionFailed", "PreconditionRequired"],
  },
  catalogPrune: {
    tag: "Policies and profiles",
    description:
      "An entry that stops matching because its cluster got another name stays in the cluster as `orphaned`. This asks the cluster's agent to remove all of them. The request ends when the cluster gets another name.",
    query: NoQuery,
    body: "CatalogPrune",
    success: { 200: "What the agent will remove." },
    answer: "CatalogPruneResponse",
    problems: ["NotFound"],
  },
  catalogAccept: {
    tag: "Policies and profiles",
    description:
      "After the table was restored from a backup, agents report `catalog_went_back` and change nothing, because their clusters have a higher revision. With the revision that they report, this makes the catalog's revision higher, and they continue.",
    query: NoQuery,
    body: "CatalogAccept",
    success: { 200: "The catalog's revision now." },
    answer: "CatalogAcceptResponse",
    problems: ["Conflict"],
  },
  policyEvaluate: {
    tag: "Policies and profiles",
    description:
      "Evaluates the catalog, with the drafts of the request in place of saved entries. Nothing is counted. An operator's lease token evaluates in its own cluster. In `policy_facts`, an absent field is not known, and null means none.",
    query: NoQuery,
    body: "PolicyEvaluate",
    maxBodyBytes: MAX_CATALOG_BODY_BYTES,
    success: { 200: "The verdict, and what the policies change." },
    answer: "PolicyEvaluateResponse",
    problems: [],
  },
  policyImpact: {
    tag: "Policies and profiles",
    description:
      "Sums per day answer for a draft that depends on neither the cluster nor the container: they know which sessions are in scope, and no facts. With `each_session`, and for other drafts, the answer is 202 with a job, which reads each session. Sessions without `policy_facts` are in scope by their given target, and nothing else is known of them.",
    query: NoQuery,
    body: "PolicyImpact",
    success: { 200: "The impact.", 202: "A job; `Location` names it." },
    answer: "PolicyImpactResponse",
    answersAs: { 202: "job" },
    problems: [],
  },
  job: {
    tag: "Policies and profiles",
    description:
      "Each request reads sessions for some seconds, so repeat it until it is 303. Then `location` has the impact, without the credential. A job is kept for a day, for the one who made it.",
    query: NoQuery,
    success: { 200: "It is not done.", 303: "It is done." },
    answer: "JobResponse",
    problems: ["NotFound"],
  },
  catalogGet: {
    tag: "Policies and profiles",
    description: "`ETag` is the entry's `etag`. With `Accept: application/yaml` it is a YAML document.",
    query: CatalogEntryQuery,
    success: { 200: "The entry." },
    answer: "CatalogEntry",
    otherAnswers: { "application/yaml": { schema: { type: "string" } } },
    problems: ["NotFound"],
  },
  catalogPut: {
    tag: "Policies and profiles",
    description: [
      "Creates the entry if it does not exist. To replace it, send its `etag` in `If-Match`. If it is stored exactly so already, the answer is a 200 without a new generation, whatever `If-Match` says, so a request can be repeated.",
      `The spec has at most ${CATALOG_LIMITS.entryBytes} bytes as JSON, the catalog at most ${CATALOG_LIMITS.entries} entries with ${CATALOG_LIMITS.catalogBytes} bytes of specs.`,
    ].join("\n\n"),
    query: CatalogChangeQuery,
    body: "CatalogPut",
    maxBodyBytes: MAX_CATALOG_BODY_BYTES,
    success: { 201: "The entry is created.", 200: "The entry is replaced or unchanged, or it is a dry run." },
    answer: "CatalogChangeResponse",
    problems: ["Conflict", "PreconditionFailed", "PreconditionRequired"],
  },
  catalogDelete: {
    tag: "Policies and profiles",
    description:
      "Needs the entry's `etag` in `If-Match`. Agents remove the object from their clusters. An entry that is deleted already is a 204, too. Its history stays for a year, and `restore` brings it back.",
    query: CatalogChangeQuery,
    success: { 204: "The entry is deleted.", 200: "A dry run: what would be deleted, as `PUT` answers." },
    answer: "none",
    problems: ["NotFound", "PreconditionFailed", "PreconditionRequired"],
  },
  catalogHistory: {
    tag: "Policies and profiles",
    description: `The last ${CATALOG_LIMITS.history} generations, the newest first. Deletions are generations, too.`,
    query: CatalogEntryQuery,
    success: { 200: "The generations." },
    answer: "CatalogHistoryResponse",
    problems: ["NotFound"],
  },
  catalogRestore: {
    tag: "Policies and profiles",
    description:
      "Stores an earlier generation's content as a new generation. An entry that exists needs its `etag` in `If-Match`; a deleted one does not.",
    query: CatalogEntryQuery,
    body: "CatalogRestore",
    success: { 201: "The deleted entry exists again.", 200: "The entry is replaced, or it has this content already." },
    answer: "CatalogChangeResponse",
    problems: ["NotFound", "Conflict", "PreconditionFailed", "PreconditionRequired"],
  },
  usageTrends: {
    tag: "Reports",
    description:
      "The last days, including today. An hourly job closes past days and computes their peaks. A late event opens its day again.",
    query: UsageTrendsQuery,
    success: { 200: "One entry per day.", 303: LARGE },
    answer: "UsageTrends",
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
  errorReport: {
    tag: "Reports",
    description: "Oldest first; without `from`, the last 30 days. The deployment configures how long errors are kept.",
    query: ErrorReportQuery,
    success: { 200: "A page of errors." },
    answer: "ErrorReport",
    problems: [],
  },
  denialReport: {
    tag: "Reports",
    description:
      "The whole days in UTC that `from` and `to` touch; without `from`, the last 30. All refusals of a user on a day are one entry.",
    query: DenialReportQuery,
    success: { 200: "The denials.", 303: LARGE },
    answer: "DenialReport",
    problems: ["LicenseMissing", "LicenseInvalid"],
  },
  dashboard: {
    tag: "Server",
    description: "One page without third-party requests. It asks for an access token, or reads one from its fragment.",
    query: NoQuery,
    success: { 200: "The page.", 304: SAME_VERSION },
    answer: "none",
    problems: ["NotFound"],
  },
  metrics: {
    tag: "Server",
    description:
      "Prometheus' text format 0.0.4, or OpenMetrics 1.0 where `Accept` prefers it. Counters never decrease. The cost of a scrape does not depend on the number of sessions. It works without a license.",
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
      "A report has the sessions that ended in its period: `from <= ended_at < to`. Live sessions are counted as running and are in no sum. The workbook has the sheets General and Users, and Targets, Trends and Denials if they have rows. The CSV has the users only. An apostrophe precedes names that a spreadsheet would read as a formula.",
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

/** The error codes of an operation, including those of its kind. */
export const problemsOf = (doc: OperationDoc, isOpen: boolean): ProblemCode[] => [
  "BadRequest",
  ...(isOpen ? [] : (["Unauthorized", "Forbidden", "TooManyRequests", "Unavailable"] as const)),
  ...(doc.body === undefined ? [] : (["PayloadTooLarge", "UnsupportedMediaType"] as const)),
  "Internal",
  ...doc.problems,
];

/** The size above which a body is refused with a 413, in bytes. */
export const maxBodyBytesOf = (doc: OperationDoc): number => doc.maxBodyBytes ?? MAX_BODY_BYTES;

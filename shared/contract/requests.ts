import * as v from "valibot";
import { Bool, Flag, Labels, object, optional, text } from "./fields.ts";
import { forward } from "./forward.ts";
import { PolicyFacts } from "./policy-facts.ts";
import { quick } from "./quick.ts";
import { parseTime } from "./time.ts";
import { userName } from "./user-names.ts";

export { notList, object, objectMessage, optional, printable, text } from "./fields.ts";

/**
 * The bodies that operators send. This module is the only decoder of the operator-facing wire: if a stock operator sends
 * something else, only this file changes. Unknown fields are ignored. Every value has a limit.
 */

/** The limits of one heartbeat. Above a limit, the answer is a 413 that names it. */
export const HEARTBEAT_LIMITS = {
  bytes: 1024 * 1024,
  sessions: 5_000,
  started: 500,
  ended: 500,
  changed: 500,
  errors: 100,
  children: 5_000,
  stopped: 500,
} as const;

/** The largest body of any other route, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

/** An id of something that the server may have already, from before `NewId` was stricter. */
const ID = /^[A-Za-z0-9._:@/+=-]{1,128}$/;
export const Id = v.pipe(
  v.string("must be a string"),
  v.regex(ID, "must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ / + = -"),
);

/**
 * A list of ids, of which a heartbeat may have thousands. A list without a fault is accepted as it is; only one with a fault
 * goes through the schema, which names every fault and takes several times as long.
 */
const SessionIds = quick(v.array(Id, "must be a list"), (ids) =>
  ids.every((id) => typeof id === "string" && ID.test(id)),
);

/** The check that refuses dot segments. The OpenAPI document recognises it, and writes it as a pattern. */
export const withoutDotSegments = v.check<string, string>(
  (id) => !id.split("/").some((part) => part === "." || part === ".."),
  "must not have . or .. as a part between slashes: clients remove it from a path",
);

/** An id that comes in: its session, machine or operator must be reachable by a path afterwards. */
export const NewId = v.pipe(Id, withoutDotSegments);

/**
 * The id of a multi-cluster session. It has no dot, as the ids of an agent's other sessions have, so that no part can change one
 * of these.
 */
const ParentId = v.pipe(
  v.string("must be a string"),
  v.regex(/^[A-Za-z0-9_:@/+=-]{1,128}$/, "must be 1 to 128 characters of A-Z a-z 0-9 _ : @ / + = -"),
);

/** An RFC 3339 date-time, read into epoch milliseconds. */
export const Time = v.pipe(
  v.string("must be a string"),
  v.check((value) => parseTime(value) !== undefined, "must be an RFC 3339 date-time, as 2026-11-20T08:00:00Z"),
  v.transform((value) => parseTime(value) ?? Number.NaN),
);

const Version = text(64);
/** Names and other short texts. */
export const FreeText = text(128);

/** A port that a session holds. The session list returns the same shape. */
export const Port = object({
  port: v.pipe(
    v.number("must be a number"),
    v.integer("must be a whole number"),
    v.minValue(1, "must be a port, 1 to 65535"),
    v.maxValue(65_535, "must be a port, 1 to 65535"),
  ),
  kind: FreeText,
  filter: optional(text(1_024)),
});

const LockedPorts = v.pipe(v.array(Port, "must be a list"), v.maxLength(64, "must have at most 64 entries"));

const Features = v.pipe(v.array(FreeText, "must be a list"), v.maxLength(32, "must have at most 32 entries"));

/** A user's name, which is compared without white space around it and in Unicode's composed form. */
const userNameOf = (maxLength: number) => v.pipe(text(maxLength), v.transform(userName));

/** Who runs a session, and from which machine. */
export const Client = object({
  id: NewId,
  hostname: text(253),
  username: userNameOf(128),
  name: optional(FreeText),
  kubernetes_username: userNameOf(253),
  cli_version: optional(Version),
});

/** What a session runs against. */
export const Target = object({ namespace: FreeText, kind: FreeText, name: text(253), container: optional(FreeText) });

/** Who runs a session: a person, a CI job, or a preview environment. The last two are machine sessions. */
export const SESSION_KINDS = ["user", "ci", "preview"] as const;

const SessionKind = v.picklist(SESSION_KINDS, `must be one of ${SESSION_KINDS.join(", ")}`);

/** What is known of the CI job that runs a session. */
export const CiInfo = object({
  provider: optional(FreeText),
  environment: optional(FreeText),
  pipeline: optional(FreeText),
  triggered_by: optional(FreeText),
});

/** The fault of a field that only some senders may leave out. */
const REQUIRED = "is required";

/** `POST /api/v1/sessions`, and each of a heartbeat's `started`. A preview environment has no client. */
export const SessionStartBody = v.pipe(
  object({
    session_id: NewId,
    instance_id: NewId,
    started_at: Time,
    sent_at: optional(Time),
    session_kind: optional(SessionKind),
    ci: Flag,
    ci_info: optional(CiInfo),
    parent_id: optional(ParentId),
    copy_target: optional(Bool),
    target_labels: optional(Labels),
    header_filter: optional(text(1_024)),
    key: optional(FreeText),
    branch: optional(text(255)),
    client: optional(Client),
    target: Target,
    locked_ports: optional(LockedPorts),
    features: optional(Features),
    profile: optional(FreeText),
    policy_facts: optional(PolicyFacts),
  }),
  forward(
    v.partialCheck(
      [["session_kind"], ["client"]],
      ({ session_kind, client }) => client !== undefined || session_kind === "preview",
      REQUIRED,
    ),
    ["client"],
  ),
);

const endFields = {
  ended_at: Time,
  sent_at: optional(Time),
  reason: optional(FreeText),
  start: optional(SessionStartBody),
};

/** `POST /api/v1/sessions/{id}/end`. */
export const SessionEndBody = object(endFields);

/** Each of a heartbeat's `ended`. */
export const SessionEndEvent = object({ session_id: Id, inferred: Flag, ...endFields });

/** Each of a heartbeat's `changed`. */
export const SessionChangeEvent = object({ session_id: Id, locked_ports: LockedPorts });

/** Each of a heartbeat's `errors`. */
export const OperatorErrorEvent = object({ timestamp: Time, error: text(4_096) });

/** Each of a heartbeat's `children`: the part of a multi-cluster session that runs in the agent's own cluster. */
export const SessionChild = object({
  session_id: NewId,
  parent_id: ParentId,
  session_kind: SessionKind,
  key: optional(FreeText),
  branch: optional(text(255)),
});

/** What became of a request to stop a session. `unsupported` and `forbidden` close the request. */
export const STOP_OUTCOMES = ["requested", "unsupported", "forbidden", "failed"] as const;

/** Each of a heartbeat's `stopped`. */
export const SessionStopEvent = object({
  session_id: Id,
  outcome: v.picklist(STOP_OUTCOMES, `must be one of ${STOP_OUTCOMES.join(", ")}`),
  detail: optional(text(1_024)),
});

/** The agent process that speaks for a cluster, and what it may do there. */
export const Agent = object({
  version: Version,
  process_id: NewId,
  enforces: Bool,
  applies_catalog: Bool,
  kills_previews: Bool,
  observed_at: optional(Time),
});

/** Who sends it. An agent may leave out the operator's version. */
const senderFields = {
  operator_version: optional(Version),
  cluster_name: optional(FreeText),
  cluster_id: optional(NewId),
  agent: optional(Agent),
  nonce: optional(FreeText),
};

type Sender = { agent?: unknown; operator_version?: unknown };
const isAgentOrHasVersion = ({ agent, operator_version }: Sender): boolean =>
  operator_version !== undefined || agent !== undefined;

/** `POST /api/v1/license`. An agent may not know the version of its cluster's operator. */
export const LicensePostBody = v.pipe(
  object({
    instance_id: NewId,
    ...senderFields,
  }),
  forward(v.partialCheck([["agent"], ["operator_version"]], isAgentOrHasVersion, REQUIRED), ["operator_version"]),
);

const events = optional(v.array(v.unknown(), "must be a list"));

/**
 * `POST /api/v1/heartbeat` without its events. Each event is checked on its own, so that a bad one affects neither the
 * others nor the heartbeat.
 */
export const HeartbeatBody = v.pipe(
  object({
    instance_id: Id,
    ...senderFields,
    seq: v.pipe(
      v.number("must be a number"),
      v.safeInteger("must be a whole number"),
      v.minValue(0, "must not be negative"),
    ),
    sent_at: Time,
    sessions: optional(SessionIds),
    started: events,
    ended: events,
    changed: events,
    errors: events,
    children: events,
    stopped: events,
    // Checked on its own, as the events are.
    catalog_status: optional(v.unknown()),
  }),
  forward(v.partialCheck([["agent"], ["operator_version"]], isAgentOrHasVersion, REQUIRED), ["operator_version"]),
  forward(
    v.partialCheck(
      [["agent"], ["sessions"]],
      ({ agent, sessions }) => sessions !== undefined || agent !== undefined,
      REQUIRED,
    ),
    ["sessions"],
  ),
);

export type SessionStartInput = v.InferOutput<typeof SessionStartBody>;
export type SessionEndInput = v.InferOutput<typeof SessionEndBody>;
export type HeartbeatInput = v.InferOutput<typeof HeartbeatBody>;
export type SessionKind = (typeof SESSION_KINDS)[number];
export type StopOutcome = (typeof STOP_OUTCOMES)[number];
export type AgentInput = v.InferOutput<typeof Agent>;

import * as v from "valibot";
import { parseTime } from "../contract/time.ts";

/** The events as consumers get them: the `detail` of an event on the bus. The files in docs/events are made from these. */

const text = v.string();
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullable(schema);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const time = v.pipe(
  v.string(),
  v.check((value) => parseTime(value) !== undefined, "must be a time"),
  v.metadata({ format: "date-time" }),
);

const event = <const Type extends string, Entries extends v.ObjectEntries>(type: Type, entries: Entries) =>
  v.strictObject({
    /** The same in every delivery of the same event. */
    id: v.pipe(v.string(), v.minLength(1)),
    type: v.literal(type),
    version: v.literal(1),
    time,
    /** Rises with each change of what the event is about: a number of up to 40 digits, as text. */
    sequence: v.pipe(v.string(), v.regex(/^\d{1,40}$/)),
    ...entries,
  });

const session = {
  session_id: text,
  instance_id: text,
  started_at: time,
  ci: v.boolean(),
  key: orNull(text),
  branch: orNull(text),
  issue_key: orNull(text),
  client: v.strictObject({
    id: text,
    hostname: text,
    username: text,
    name: orNull(text),
    kubernetes_username: text,
    cli_version: orNull(text),
  }),
  target: v.strictObject({ namespace: text, kind: text, name: text, container: orNull(text) }),
  seat_id: orNull(text),
  denied_code: orNull(text),
};

const seat = {
  seat_id: text,
  session_id: orNull(text),
  instance_id: text,
  kubernetes_username: text,
  client_hostname: text,
};

const operator = {
  instance_id: text,
  cluster: orNull(text),
  operator_version: orNull(text),
  last_heartbeat: orNull(time),
};

export const EVENT_SCHEMAS = {
  "session.started": event("session.started", { ...session, resumed: v.boolean() }),
  "session.ended": event("session.ended", {
    ...session,
    ended_at: time,
    duration_secs: count,
    outcome: v.picklist(["ended", "lost"]),
    reason: orNull(text),
    corrects_lost: v.boolean(),
  }),
  "seat.claimed": event("seat.claimed", { ...seat, overage: v.boolean() }),
  "seat.denied": event("seat.denied", seat),
  "policy.changed": event("policy.changed", {
    change: v.picklist(["created", "replaced", "deleted"]),
    kind: text,
    name: text,
    namespace: orNull(text),
    generation: count,
    revision: count,
    changed_by: text,
  }),
  "policy.refused": event("policy.refused", { ...seat, policies: v.array(text) }),
  "seats.threshold": event("seats.threshold", {
    percent: v.pipe(v.number(), v.integer(), v.minValue(1)),
    used: count,
    max: count,
    license: text,
    tracking_mode: text,
    period: v.strictObject({ from: time, to: time }),
  }),
  "license.changed": event("license.changed", { license: text, from_fingerprint: text, to_fingerprint: text }),
  "license.expiring": event("license.expiring", {
    fingerprint: text,
    name: text,
    organization: text,
    expires_at: time,
    days_left: v.pipe(v.number(), v.integer()),
    status: v.picklist(["expiring", "expired"]),
  }),
  "operator.stale": event("operator.stale", { ...operator, live_sessions: count }),
  "operator.lost": event("operator.lost", operator),
} as const;

export type EventType = keyof typeof EVENT_SCHEMAS;
export const EVENT_TYPES = Object.keys(EVENT_SCHEMAS) as EventType[];

/** An event of one type, as it is on the bus. */
export type EventOf<Type extends EventType> = v.InferOutput<(typeof EVENT_SCHEMAS)[Type]>;
export type ServerEvent = { [Type in EventType]: EventOf<Type> }[EventType];

/** The fields of one event type, without those that every event has. */
export type Body<Type extends EventType> = Omit<EventOf<Type>, "id" | "time" | "version" | "sequence">;
export type EventBody = { [Type in EventType]: Body<Type> }[EventType];

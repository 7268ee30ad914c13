import { createHash } from "node:crypto";
import * as v from "valibot";
import { check } from "../contract/check.ts";
import type { Fault } from "../contract/problems.ts";
import { Client, NewId, objectMessage, SessionEndBody, SessionStartBody } from "../contract/requests.ts";
import type { EpochMs } from "../contract/time.ts";
import { ageFaults, normalizeEnd, type SessionEnd } from "../sessions/events.ts";
import type { SessionStart } from "../sessions/record.ts";

/** The instance of sessions without an `instance_id` of their own. */
const IMPORTED_INSTANCE = "imported";

const { sent_at: _startSent, ...startEntries } = SessionStartBody.entries;

/**
 * One ended session of another server's history. Names and limits are those of the wire contract. Without a
 * `session_id` it gets one made of its content, so that the same row is always the same session.
 */
export const HistorySession = v.object(
  {
    ...startEntries,
    session_id: v.optional(NewId),
    instance_id: v.optional(NewId, IMPORTED_INSTANCE),
    client: Client,
    ended_at: SessionEndBody.entries.ended_at,
    reason: SessionEndBody.entries.reason,
  },
  objectMessage,
);

/** An end with its start, as the history has it. */
export type HistoryEnd = SessionEnd & { start: SessionStart };

export type HistoryReading = { ok: true; end: HistoryEnd } | { ok: false; faults: Fault[] };

/**
 * Reads a row and returns every fault at once. Nothing may be later than now, or so old that retention may have deleted
 * it.
 */
export const readHistoryRow = (value: unknown, now: EpochMs, retentionDays: number): HistoryReading => {
  const checked = check(HistorySession, value);
  if (!checked.ok) return checked;
  const { ended_at, reason, ...fields } = checked.value;
  const sessionId = fields.session_id ?? contentId({ ...checked.value, client: asWritten(value, fields.client) });
  const timing = { now, sentAt: undefined, retentionDays };
  const start = { ...fields, session_id: sessionId };
  const faults = [
    ...laterThan(now, ended_at),
    ...beforeStart(fields.started_at, ended_at),
    ...ageFaults("ended_at", ended_at, timing),
  ];
  const end = normalizeEnd(sessionId, { ended_at, reason, start }, undefined, timing);
  if (!end.ok) faults.push(...end.faults);
  if (faults.length > 0 || !end.ok || end.value.start === undefined) return { ok: false, faults };
  return { ok: true, end: { ...end.value, start: { ...end.value.start, source: "backfill" } } };
};

const laterThan = (now: EpochMs, endedAt: EpochMs): Fault[] =>
  endedAt > now ? [{ path: "ended_at", message: "must not be later than now" }] : [];

// A history is corrected at its source. Only what an operator reports live is put right here.
const beforeStart = (startedAt: EpochMs, endedAt: EpochMs): Fault[] =>
  endedAt < startedAt ? [{ path: "ended_at", message: "must not be before the session's start" }] : [];

// By the parsed values, with the fields in a fixed order: the same session written differently, for example in another
// time zone, is the same.
const contentId = (session: v.InferOutput<typeof HistorySession>): string =>
  `imported-${createHash("sha256")
    .update(JSON.stringify(canonical(session)))
    .digest("hex")
    .slice(0, 32)}`;

// The names as they were before white space around them was removed: a row keeps the id that an earlier release made.
const asWritten = (value: unknown, client: v.InferOutput<typeof Client>): v.InferOutput<typeof Client> => {
  const { username, kubernetes_username } = v.parse(NamesAsWritten, value).client;
  return { ...client, username, kubernetes_username };
};

const NamesAsWritten = v.object({ client: v.object({ username: v.string(), kubernetes_username: v.string() }) });

const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return entries.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, part]) => [name, canonical(part)]);
};

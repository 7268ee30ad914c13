import type { Fault } from "../contract/problems.ts";
import type { SessionEndInput, SessionStartInput } from "../contract/requests.ts";
import { DAY_MS, type EpochMs, MINUTE_MS } from "../contract/time.ts";
import type { SessionStart } from "./record.ts";

/** How far an operator's clock may be off before its times are shifted onto the server's. */
export const CLOCK_TOLERANCE_MS = 5 * MINUTE_MS;
/** Events are refused this long before retention would clean them up, so that nothing expired is counted again. */
export const RETENTION_MARGIN_DAYS = 3;

export type EventTiming = {
  now: EpochMs;
  /** When the operator sent the request, by its own clock. */
  sentAt: EpochMs | undefined;
  retentionDays: number;
};

/** What an operator told of a session's end. `start` lets the server record a session whose start it never saw. */
export type SessionEnd = {
  sessionId: string;
  /** By the operator's clock. */
  endedAt: EpochMs;
  sentAt: EpochMs | undefined;
  reason: string | undefined;
  start: SessionStart | undefined;
  /** The operator that tells of it, where the caller is known to be one. */
  by: string | undefined;
};

export type Normalized<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

/** A start as sent, onto the server's clock; faults where its time cannot be. */
export const normalizeStart = (input: SessionStartInput, timing: EventTiming): Normalized<SessionStart> => {
  const shiftMs = clockShift(input.started_at, timing);
  const startedAt = input.started_at + shiftMs;
  const faults = [
    ...futureFaults("started_at", input.started_at, timing.sentAt),
    ...ageFaults("started_at", startedAt, timing),
  ];
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: toStart(input, startedAt, shiftMs) };
};

/** An end as sent. The start it carries is shifted by what the end's own request tells of the clock. */
export const normalizeEnd = (
  sessionId: string,
  input: SessionEndInput,
  by: string | undefined,
  timing: EventTiming,
): Normalized<SessionEnd> => {
  const faults = futureFaults("ended_at", input.ended_at, timing.sentAt);
  const end = {
    sessionId,
    endedAt: input.ended_at,
    sentAt: timing.sentAt,
    reason: input.reason,
    start: undefined,
    by,
  };
  if (input.start === undefined) return faults.length > 0 ? { ok: false, faults } : { ok: true, value: end };
  const shiftMs = clockShift(input.ended_at, timing);
  const startedAt = input.start.started_at + shiftMs;
  if (input.start.session_id !== sessionId)
    faults.push({ path: "start.session_id", message: "must be the id of the session that ended" });
  if (input.start.started_at > input.ended_at) faults.push(END_BEFORE_START);
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, value: { ...end, start: toStart(input.start, startedAt, shiftMs) } };
};

export const END_BEFORE_START: Fault = { path: "ended_at", message: "must not be before the session's start" };

/**
 * The end of a session on the server's clock: shifted as its start was, so that its duration never suffers. Where the
 * clock was set right in between, that would lie in the future: then it ended no later than now.
 */
export const shiftedEnd = (end: SessionEnd, start: SessionStart, now: EpochMs): EpochMs => {
  const endedAt = end.endedAt + start.shiftMs;
  return endedAt > now + CLOCK_TOLERANCE_MS ? Math.max(now, start.startedAt) : endedAt;
};

/** Whether a moment is so long ago that its session may have been cleaned up already. */
export const ageFaults = (path: string, time: EpochMs, { now, retentionDays }: EventTiming): Fault[] =>
  time < now - (retentionDays - RETENTION_MARGIN_DAYS) * DAY_MS
    ? [{ path, message: "is longer ago than sessions are kept" }]
    : [];

// Without a `sent_at`, an event in the future still tells that the operator's clock is ahead, and by how much at least.
const clockShift = (eventAt: EpochMs, { now, sentAt }: EventTiming): number => {
  const theirNow = sentAt ?? Math.max(eventAt, now);
  const off = now - theirNow;
  return Math.abs(off) > CLOCK_TOLERANCE_MS ? off : 0;
};

const futureFaults = (path: string, time: EpochMs, sentAt: EpochMs | undefined): Fault[] =>
  sentAt !== undefined && time > sentAt + CLOCK_TOLERANCE_MS
    ? [{ path, message: "must not be later than sent_at" }]
    : [];

const toStart = (input: SessionStartInput, startedAt: EpochMs, shiftMs: number): SessionStart => ({
  sessionId: input.session_id,
  instanceId: input.instance_id,
  startedAt,
  shiftMs,
  ci: input.ci,
  key: input.key,
  branch: input.branch,
  client: {
    id: input.client.id,
    hostname: input.client.hostname,
    username: input.client.username,
    name: input.client.name,
    kubernetesUsername: input.client.kubernetes_username,
    cliVersion: input.client.cli_version,
  },
  target: input.target,
  lockedPorts: input.locked_ports ?? [],
  features: input.features,
  profile: input.profile,
});

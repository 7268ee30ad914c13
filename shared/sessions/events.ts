import type { Fault } from "../contract/problems.ts";
import type { SessionEndInput, SessionStartInput } from "../contract/requests.ts";
import { DAY_MS, type EpochMs, MINUTE_MS } from "../contract/time.ts";
import { isAgentInstance } from "../operators/agent.ts";
import type { CiInfo, SessionStart } from "./record.ts";

/** How far an operator's clock may be off before its times are shifted to the server's clock. */
export const CLOCK_TOLERANCE_MS = 5 * MINUTE_MS;
/** Events are refused this long before their retention ends, so that nothing expired is counted again. */
export const RETENTION_MARGIN_DAYS = 3;

export type EventTiming = {
  now: EpochMs;
  /** When the operator sent the request, by its own clock. */
  sentAt: EpochMs | undefined;
  retentionDays: number;
};

/** A session's end as an operator reports it. `start` lets the server record a session whose start it never saw. */
export type SessionEnd = {
  sessionId: string;
  /** By the operator's clock. */
  endedAt: EpochMs;
  /** What brings it to the server's clock; undefined if its request does not say when it was sent. */
  shiftMs: number | undefined;
  reason: string | undefined;
  start: SessionStart | undefined;
  /** The operator that reports it, if the caller is known to be one. */
  by: string | undefined;
  /** It may end sessions of its own instance alone, not those that a silent operator left. */
  isBound?: boolean | undefined;
  /** Nobody saw the end: the agent no longer sees the session. So it is lost, not ended. */
  inferred?: boolean | undefined;
};

export type Normalized<T> = { ok: true; value: T } | { ok: false; faults: Fault[] };

/** A start by the server's clock, shifted by the skew of its own request; faults if it is older than sessions are kept. */
export const normalizeStart = (input: SessionStartInput, timing: EventTiming): Normalized<SessionStart> => {
  const start = toStart(input, clockShift(input.started_at, timing), timing.now);
  const faults = ageFaults("started_at", start.startedAt, timing);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: start };
};

/** An end with the skew of its own request, by which the start it carries is shifted, too. */
export const normalizeEnd = (
  sessionId: string,
  input: SessionEndInput,
  by: string | undefined,
  timing: EventTiming,
): Normalized<SessionEnd> => {
  const shiftMs = clockShift(input.ended_at, timing);
  const end = {
    sessionId,
    endedAt: input.ended_at,
    shiftMs: timing.sentAt === undefined ? undefined : shiftMs,
    reason: input.reason,
    start: undefined,
    by,
  };
  if (input.start === undefined) return { ok: true, value: end };
  if (input.start.session_id !== sessionId)
    return {
      ok: false,
      faults: [{ path: "start.session_id", message: "must be the id of the session that ended" }],
    };
  return { ok: true, value: { ...end, start: toStart(input.start, shiftMs, timing.now) } };
};

/** A fault if a moment is so long ago that its session may have expired already. */
export const ageFaults = (path: string, time: EpochMs, { now, retentionDays }: EventTiming): Fault[] =>
  time < now - (retentionDays - RETENTION_MARGIN_DAYS) * DAY_MS
    ? [{ path, message: "is longer ago than sessions are kept" }]
    : [];

// Without a `sent_at`, an event in the future still shows that the operator's clock is ahead, and by how much at least.
const clockShift = (eventAt: EpochMs, { now, sentAt }: EventTiming): number => {
  const theirNow = sentAt ?? Math.max(eventAt, now);
  const off = now - theirNow;
  return Math.abs(off) > CLOCK_TOLERANCE_MS ? off : 0;
};

// A clock that was set back since can put the start after now. The session runs, so it started by now.
const toStart = (input: SessionStartInput, shiftMs: number, now: EpochMs): SessionStart => {
  const shiftedAt = input.started_at + shiftMs;
  const isAhead = shiftedAt > now + CLOCK_TOLERANCE_MS;
  return {
    ...startFields(input),
    startedAt: isAhead ? now : shiftedAt,
    shiftMs,
    ...(isAhead && { startClamped: true }),
  };
};

const startFields = (input: SessionStartInput) => ({
  sessionId: input.session_id,
  instanceId: input.instance_id,
  ...kindFields(input),
  parentId: input.parent_id,
  ciInfo: input.ci_info && ciInfoFields(input.ci_info),
  copyTarget: input.copy_target,
  targetLabels: input.target_labels,
  headerFilter: input.header_filter,
  key: input.key,
  branch: input.branch,
  client: clientFields(input.client ?? NOBODY),
  target: input.target,
  lockedPorts: input.locked_ports ?? [],
  features: input.features,
  profile: input.profile,
  // An agent's operator enforces the policies of its cluster. The server never judges its sessions.
  policyFacts: isAgentInstance(input.instance_id) ? undefined : input.policy_facts,
});

// `session_kind` decides. Without it, `ci` is the older spelling.
export const kindFields = ({
  session_kind,
  ci,
}: Pick<SessionStartInput, "session_kind" | "ci">): Pick<SessionStart, "ci" | "kind"> => {
  const kind = session_kind ?? (ci ? "ci" : "user");
  return kind === "user" ? { ci: false } : { ci: true, kind };
};

// Without what is absent, as the table gives it back.
const ciInfoFields = (info: NonNullable<SessionStartInput["ci_info"]>): CiInfo => {
  const { provider, environment, pipeline, triggered_by } = info;
  const fields = { provider, environment, pipeline, triggeredBy: triggered_by };
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== undefined));
};

const clientFields = ({ id, hostname, username, name, kubernetes_username, cli_version }: ClientInput) => ({
  id,
  hostname,
  username,
  name,
  kubernetesUsername: kubernetes_username,
  cliVersion: cli_version,
});

type ClientInput = NonNullable<SessionStartInput["client"]>;

/** A preview environment runs for nobody. Agents send the same client to a server that requires one. */
const NOBODY: ClientInput = {
  id: "preview",
  hostname: "preview-env",
  username: "preview-env",
  name: undefined,
  kubernetes_username: "preview-env",
  cli_version: undefined,
};

import type * as v from "valibot";
import { check } from "../contract/check.ts";
import { describeFaults, type Fault } from "../contract/problems.ts";
import {
  type AgentInput,
  HEARTBEAT_LIMITS,
  type HeartbeatInput,
  Id,
  OperatorErrorEvent,
  SessionChangeEvent,
  SessionChild,
  SessionEndEvent,
  SessionStartBody,
  SessionStopEvent,
} from "../contract/requests.ts";
import type { SessionChange } from "../heartbeat/change.ts";
import type { Heartbeat } from "../heartbeat/heartbeat.ts";
import type { Child } from "../heartbeat/note-children.ts";
import type { StopEvent } from "../heartbeat/stopped.ts";
import type { Verdicts } from "../heartbeat/verdicts.ts";
import type { Agent } from "../operators/agent.ts";
import type { KnownLists } from "../operators/known-lists.ts";
import { type EventTiming, kindFields, normalizeEnd, normalizeStart, type SessionEnd } from "../sessions/events.ts";
import type { SessionStart } from "../sessions/record.ts";
import { ApiProblem } from "./problem.ts";

/** Throws a 413 that names every list of a heartbeat that is too long. */
export const requireWithinLimits = (input: HeartbeatInput): void => {
  const over = (["sessions", "started", "ended", "changed", "errors", "children", "stopped"] as const).filter(
    (list) => (input[list]?.length ?? 0) > HEARTBEAT_LIMITS[list],
  );
  if (over.length === 0) return;
  const named = over.map(
    (list) => `${list} has ${input[list]?.length} entries, the limit is ${HEARTBEAT_LIMITS[list]}`,
  );
  throw new ApiProblem("PayloadTooLarge", named.join("; "));
};

/**
 * Checks a heartbeat's events, each on its own. An event with a fault is rejected with its session's id, and the others
 * continue. A start and an end of one session in one heartbeat are one event: a session that is over claims no seat.
 */
export const decodeHeartbeat = (
  input: HeartbeatInput,
  timing: EventTiming,
  verdicts: Verdicts,
  { isBound, lists }: { isBound: boolean; lists: KnownLists },
): Heartbeat => {
  const started = decodeStarts(input, timing, verdicts);
  const ended = decodeEnds(input, timing, started, verdicts);
  const over = new Set(ended.map(({ sessionId }) => sessionId));
  return {
    instanceId: input.instance_id,
    isBound,
    version: input.operator_version,
    cluster: input.cluster_name,
    clusterId: input.cluster_id,
    agent: input.agent && toAgent(input.agent),
    seq: input.seq,
    sentAt: input.sent_at,
    listed: input.sessions && lists(input.instance_id, input.sessions),
    started: [...started.values()].filter(({ sessionId }) => !over.has(sessionId)),
    ended: ended.map((end) => ({ ...end, isBound })),
    children: input.children && decodeEach(input.children, "children", SessionChild, verdicts).map(toChild),
    changed: decodeEach(input.changed, "changed", SessionChangeEvent, verdicts).map(
      ({ session_id, locked_ports }): SessionChange => ({ sessionId: session_id, lockedPorts: locked_ports }),
    ),
    stopped: decodeStopped(input.stopped, verdicts),
    errors: decodeEach(input.errors, "errors", OperatorErrorEvent, verdicts).map(({ timestamp, error }) => ({
      time: timestamp,
      error,
    })),
  };
};

/** An agent as its requests describe it. */
export const toAgent = (input: AgentInput): Agent => ({
  version: input.version,
  processId: input.process_id,
  enforces: input.enforces,
  appliesCatalog: input.applies_catalog,
  killsPreviews: input.kills_previews,
  observedAt: input.observed_at,
});

const toChild = ({ session_id, parent_id, session_kind, key, branch }: v.InferOutput<typeof SessionChild>): Child => ({
  sessionId: session_id,
  parentId: parent_id,
  ...kindFields({ session_kind, ci: false }),
  key,
  branch,
});

const decodeStarts = (input: HeartbeatInput, timing: EventTiming, verdicts: Verdicts): Map<string, SessionStart> => {
  const starts = new Map<string, SessionStart>();
  for (const event of decodeEach(input.started, "started", SessionStartBody, verdicts)) {
    const faults: Fault[] =
      event.instance_id === input.instance_id
        ? []
        : [{ path: "instance_id", message: "must be the heartbeat's own instance_id" }];
    const start = normalizeStart(event, timing);
    if (!start.ok) faults.push(...start.faults);
    if (start.ok && faults.length === 0) starts.set(event.session_id, start.value);
    else verdicts.reject({ sessionId: event.session_id, code: "BadRequest", detail: describeFaults(faults) });
  }
  return starts;
};

const decodeEnds = (
  input: HeartbeatInput,
  timing: EventTiming,
  started: ReadonlyMap<string, SessionStart>,
  verdicts: Verdicts,
): SessionEnd[] => {
  const ends = new Map<string, SessionEnd>();
  for (const event of decodeEach(input.ended, "ended", SessionEndEvent, verdicts)) {
    const end = normalizeEnd(event.session_id, event, input.instance_id, timing);
    const { inferred } = event;
    if (end.ok)
      ends.set(event.session_id, { ...end.value, inferred, start: end.value.start ?? started.get(event.session_id) });
    else verdicts.reject({ sessionId: event.session_id, code: "BadRequest", detail: describeFaults(end.faults) });
  }
  return [...ends.values()];
};

// A fault must not make the agent forget an event of the same session, so it names none.
const decodeStopped = (events: readonly unknown[] | undefined, verdicts: Verdicts): StopEvent[] =>
  (events ?? []).flatMap((event, place) => {
    const checked = check(SessionStopEvent, event, `stopped.${place}`);
    if (!checked.ok) {
      verdicts.reject({ sessionId: undefined, code: "BadRequest", detail: describeFaults(checked.faults) });
      return [];
    }
    const { session_id: sessionId, outcome, detail } = checked.value;
    return [{ sessionId, outcome, detail }];
  });

const decodeEach = <T>(
  events: readonly unknown[] | undefined,
  list: string,
  schema: v.GenericSchema<unknown, T>,
  verdicts: Verdicts,
): T[] =>
  (events ?? []).flatMap((event, place) => {
    const checked = check(schema, event, `${list}.${place}`);
    if (checked.ok) return [checked.value];
    verdicts.reject({ sessionId: idIn(event), code: "BadRequest", detail: describeFaults(checked.faults) });
    return [];
  });

// With its id, the operator can find the event again.
const idIn = (event: unknown): string | undefined => {
  const id = check(Id, (event as { session_id?: unknown } | null)?.session_id);
  return id.ok ? id.value : undefined;
};

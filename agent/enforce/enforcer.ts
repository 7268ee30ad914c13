import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { describeKube, isDone, type Kube } from "../kube/kube.ts";
import type { Log } from "../log.ts";
import type { Sessions } from "../sessions/types.ts";
import type { Troubles } from "../troubles.ts";
import type { SessionStart } from "../wire/bodies.ts";

/** The only denial that is enforced, and the reason with which its session ends. */
export const NO_SEAT = "MaxSeatCountReached";

const STOPS_PER_SPAN = 20;

export type EnforcerWaits = {
  /** The span in which at most 20 sessions are stopped. */
  enforceMs: number;
  /** A user in a namespace gets one Event in this time. */
  eventMs: number;
};

export type EnforcerOptions = {
  /** `ENFORCE_SEATS`. */
  enforces: boolean;
  kube: Kube;
  sessions: Pick<Sessions, "start">;
  /** The name of this process, which the Events show. */
  reporter: string;
  now: () => EpochMs;
  waits: EnforcerWaits;
  log: Log;
  troubles: Troubles;
  /** What `state` of an earlier process returned. Anything else counts as nothing. */
  restored?: unknown;
};

export type Enforcer = {
  /** The server found no seat for a session. */
  denied(sessionId: string, code: string): void;
  /**
   * Which of these sessions may be stopped now, of all that an answer asks to stop. What an administrator stops is never delayed.
   * Of those without a seat it is as many as the pace allows, each after its user's Event. The others wait for a later answer.
   */
  allow(sessionIds: readonly string[]): Promise<string[]>;
  /** Whether the session is stopped because it has no seat. */
  isEnforced(sessionId: string): boolean;
  /** Forgets a session that is over. */
  forget(sessionId: string): void;
  /** All that a restart needs, as JSON data. */
  state(): unknown;
};

/** `isReleased`: it may be stopped, now and at later attempts. */
type Denial = { isReleased: boolean };

/**
 * Paces the stops of sessions without a seat. The server decides which of them must stop: those of people, that were young when
 * they were denied. What it denied for another reason, it asks to stop only for an administrator.
 */
export const createEnforcer = (options: EnforcerOptions): Enforcer => {
  const { enforces, kube, sessions, now, waits, log, troubles } = options;
  const denials = readState(options.restored);
  const stops: EpochMs[] = [];
  const events = new Map<string, EpochMs>();
  let queue: Promise<unknown> = Promise.resolve();

  const sendEvent = async (start: SessionStart): Promise<boolean> => {
    const { namespace } = start.target;
    const user = start.client?.id ?? "";
    const key = JSON.stringify([namespace, user]);
    const sentAt = events.get(key);
    if (sentAt !== undefined && now() - sentAt < waits.eventMs) return true;
    const outcome = await kube.call({
      method: "POST",
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
      body: eventOf(start, options.reporter, now()),
    });
    if (!isDone(outcome)) {
      troubles.begin(
        "events",
        `Sessions without a seat are not stopped: their Event cannot be written (${describeKube(outcome)}).`,
      );
      return false;
    }
    troubles.over("events");
    for (const [known, at] of events) if (now() - at >= waits.eventMs) events.delete(known);
    events.set(key, now());
    return true;
  };

  const isReleased = async (id: string): Promise<boolean> => {
    const denial = denials.get(id);
    if (denial === undefined || denial.isReleased) return true;
    const start = sessions.start(id);
    if (start === undefined) return false;
    while (stops[0] !== undefined && now() - stops[0] >= waits.enforceMs) stops.shift();
    if (stops.length >= STOPS_PER_SPAN || !(await sendEvent(start))) return false;
    stops.push(now());
    denial.isReleased = true;
    log.info("Stopping a session without a seat", {
      session_id: id,
      kubernetes_username: start.client?.kubernetes_username,
    });
    return true;
  };

  const allow = async (ids: readonly string[]): Promise<string[]> => {
    if (!enforces) return [...ids];
    const allowed: string[] = [];
    for (const id of ids) if (await isReleased(id)) allowed.push(id);
    return allowed;
  };

  return {
    denied: (id, code) => {
      const start = sessions.start(id);
      if (!enforces || code !== NO_SEAT || start === undefined || denials.has(id)) return;
      if ((start.session_kind ?? "user") === "user" && start.ci !== true) denials.set(id, { isReleased: false });
    },
    // One answer at a time, so that the pace counts each stop once.
    allow: (ids) => {
      const result = queue.then(() => allow(ids));
      queue = result;
      return result;
    },
    isEnforced: (id) => denials.get(id)?.isReleased === true,
    forget: (id) => void denials.delete(id),
    state: () => [...denials].map(([id, { isReleased }]) => ({ id, isReleased })),
  };
};

const readState = (state: unknown): Map<string, Denial> =>
  new Map(
    (Array.isArray(state) ? state : []).flatMap((entry: unknown) => {
      if (typeof entry !== "object" || entry === null) return [];
      const { id, isReleased } = entry as Record<string, unknown>;
      return typeof id === "string" ? [[id, { isReleased: isReleased === true }] as const] : [];
    }),
  );

const eventOf = (start: SessionStart, reporter: string, now: EpochMs) => {
  const { namespace, kind, name } = start.target;
  const time = formatTime(now).replace(/\.\d+Z$/, "Z");
  const id = (start.session_id.split(/[.:]/)[0] ?? "").toUpperCase();
  const user = start.client?.kubernetes_username ?? "unknown";
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { generateName: "mirrord-license-agent-", namespace },
    involvedObject:
      kind === "targetless"
        ? { apiVersion: "v1", kind: "Namespace", name: namespace, namespace }
        : { kind, name, namespace },
    type: "Warning",
    reason: "NoSeat",
    message: `mirrord session ${id} of ${user} is stopped: all seats of the license are in use. Ask an administrator to release a seat.`,
    source: { component: "mirrord-license-agent" },
    reportingComponent: "mirrord-license-agent",
    reportingInstance: reporter,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
};

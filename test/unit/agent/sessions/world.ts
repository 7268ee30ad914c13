import { createSessions } from "../../../../agent/sessions/machine.ts";
import { type Changes, KINDS, type Kind, type Observation, type Sessions } from "../../../../agent/sessions/types.ts";
import {
  clusterSession,
  multiClusterSession,
  type ObjectFields,
  previewSession,
} from "../../../support/kube/objects.ts";

export const T0 = Date.parse("2026-11-02T09:00:00.000Z");
export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const YEAR = 365 * 24 * HOUR;

export const SESSION = "MirrordClusterSession";
export const PARENT = "MirrordMultiClusterSession";
export const PREVIEW = "PreviewSession";

/** A moment, as seconds after the beginning. */
export const time = (seconds: number): string => new Date(T0 + seconds * 1_000).toISOString();

type WithoutTime<T> = T extends unknown ? Omit<T, "at"> : never;
export type Step = WithoutTime<Observation>;

/**
 * A state machine that gets observations with their seconds. `events` is what it reported, as text; the seconds of an end are
 * the session's duration. After every step the machine starts again from its own state if `restarts` says so.
 */
export const createWorld = ({ restarts = false }: { restarts?: boolean } = {}) => {
  let machine: Sessions = createSessions({ instanceId: "cluster-1" });
  const events: string[] = [];
  const faults: string[] = [];
  const note = ({ started, ended, changed, faults: texts }: Changes): void => {
    for (const { session_id, session_kind } of started) events.push(`start ${session_id} ${session_kind}`);
    for (const { session_id, reason = "-", inferred, start, ended_at } of ended) {
      const seconds = (Date.parse(ended_at) - Date.parse(start.started_at)) / 1_000;
      events.push(`${inferred === true ? "inferred" : "end"} ${session_id} ${seconds} s ${reason}`);
    }
    for (const { session_id, locked_ports } of changed) {
      events.push(`ports ${session_id} ${locked_ports.map(({ port }) => port).join(",")}`);
    }
    faults.push(...texts);
  };
  const restart = (keepsState = true): void => {
    const state = keepsState ? JSON.parse(JSON.stringify(machine.state())) : undefined;
    machine = createSessions({ instanceId: "cluster-1", restored: state });
  };
  const at = (seconds: number, step: Step): Changes => {
    const changes = machine.observe({ at: T0 + seconds * 1_000, ...step } as Observation);
    note(changes);
    if (restarts) restart();
    return changes;
  };
  return {
    at,
    /** Complete lists of all kinds, which are empty where nothing is given. */
    list: (seconds: number, objects: Partial<Record<Kind, unknown[]>> = {}): void => {
      for (const kind of KINDS) at(seconds, { type: "listed", kind, objects: objects[kind] ?? [] });
    },
    restart,
    events,
    faults,
    machine: () => machine,
    live: () => machine.view().list,
  };
};

export const UID = "11112222-3333-4444-5555-666677778888";
export const NAME = "7cdee5d05570b248";
export const ID = `${NAME}.11112222`;

type Times = { created?: number; connected?: number; closed?: string; deleted?: number };
type Rest = Partial<ObjectFields>;

const common = ({ created = 0, deleted }: Times, uid: string, name: string) => ({
  uid,
  name,
  created: time(created),
  deletedAt: deleted === undefined ? undefined : time(deleted),
});

const connectedOf = ({ connected }: Times) => (connected === undefined ? null : time(connected));

export const session = (times: Times = {}, rest: Rest = {}) =>
  clusterSession({
    ...common(times, UID, NAME),
    status: {
      connectedTimestamp: connectedOf(times),
      closed: times.closed === undefined ? null : { reason: times.closed },
    },
    ...rest,
  });

export const PARENT_UID = "aaaabbbb-3333-4444-5555-666677778888";
export const PARENT_NAME = "mc-00000000deadbeef";

export const parent = (times: Times = {}, rest: Rest = {}) =>
  multiClusterSession({
    ...common(times, PARENT_UID, PARENT_NAME),
    // Here the reason is a text.
    status: { phase: "Ready", connectedTimestamp: connectedOf(times), closed: times.closed ?? null },
    ...rest,
  });

export const CHILD_ID = `${PARENT_NAME}-east.cccc0000`;

export const child = (times: Times = {}, spec: Record<string, unknown> = {}) =>
  session(times, {
    uid: "cccc0000-3333-4444-5555-666677778888",
    name: `${PARENT_NAME}-east`,
    spec: { multiClusterParentName: PARENT_NAME, ...spec },
  });

export const PREVIEW_UID = "99998888-3333-4444-5555-666677778888";
export const PREVIEW_ID = `preview.${PREVIEW_UID}`;

type PreviewTimes = { created?: number; started?: number; expires?: number; failed?: number; deleted?: number };

export const preview = ({ started, expires, failed, ...times }: PreviewTimes = {}) =>
  previewSession({
    ...common(times, PREVIEW_UID, "preview-session-checkout-1"),
    status: {
      phase: failed !== undefined ? "Failed" : started === undefined ? "Initializing" : "Ready",
      ...(started === undefined ? {} : { startedAt: time(started) }),
      ...(expires === undefined ? {} : { expiresAt: time(expires) }),
      ...(failed === undefined ? {} : { failedAt: time(failed) }),
    },
  });

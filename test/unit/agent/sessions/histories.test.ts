import { describe, expect, it } from "vitest";
import { createSessions } from "../../../../agent/sessions/machine.ts";
import type { Changes, Kind, Observation, Sessions } from "../../../../agent/sessions/types.ts";
import { KINDS } from "../../../../agent/sessions/types.ts";
import { clusterSession, type ObjectFields } from "../../../support/kube/objects.ts";

const T0 = Date.parse("2026-11-02T09:00:00.000Z");

/** A moment, as seconds after the beginning. */
const time = (seconds: number): string => new Date(T0 + seconds * 1_000).toISOString();

const SESSION = "MirrordClusterSession";
const UID = "11112222-3333-4444-5555-666677778888";
const ID = "7cdee5d05570b248.11112222";

type Step = Omit<Extract<Observation, { type: "tick" }>, "at"> | { type: string; [field: string]: unknown };

/** A cluster's observations with their seconds, on a state machine that starts again from its state whenever asked. */
const history = (restored?: unknown) => {
  let machine: Sessions = createSessions({ instanceId: "cluster-1", restored });
  const events: string[] = [];
  const note = ({ started, ended, changed }: Changes): void => {
    for (const { session_id } of started) events.push(`start ${session_id}`);
    for (const { session_id, reason = "-", inferred, start, ended_at } of ended) {
      const seconds = (Date.parse(ended_at) - Date.parse(start.started_at)) / 1_000;
      events.push(`${inferred === true ? "inferred" : "end"} ${session_id} ${seconds} s ${reason}`);
    }
    for (const { session_id, locked_ports } of changed) events.push(`ports ${session_id} ${locked_ports.length}`);
  };
  const at = (seconds: number, step: Step): Changes => {
    const changes = machine.observe({ at: T0 + seconds * 1_000, ...step } as Observation);
    note(changes);
    return changes;
  };
  return {
    at,
    listAll: (seconds: number, objects: Partial<Record<Kind, unknown[]>> = {}): void => {
      for (const kind of KINDS) at(seconds, { type: "listed", kind, objects: objects[kind] ?? [] });
    },
    /** A new process with the state of the old one, or with none. */
    restart: (keepsState = true): void => {
      const state = keepsState ? JSON.parse(JSON.stringify(machine.state())) : undefined;
      machine = createSessions({ instanceId: "cluster-1", restored: state });
    },
    get machine() {
      return machine;
    },
    get events() {
      return events;
    },
    get list() {
      return machine.view().list;
    },
  };
};

const session = (
  seconds: { created?: number; connected?: number; closed?: string; deleted?: number } = {},
  rest: Partial<ObjectFields> = {},
) => {
  const { created = 0, connected, closed, deleted } = seconds;
  return clusterSession({
    uid: UID,
    name: "7cdee5d05570b248",
    created: time(created),
    deletedAt: deleted === undefined ? undefined : time(deleted),
    status: {
      connectedTimestamp: connected === undefined ? null : time(connected),
      closed: closed === undefined ? null : { reason: closed },
    },
    ...rest,
  });
};

describe("a session", () => {
  it("starts at its creation and ends at the agent's own time of the last activity it saw", () => {
    const world = history();
    world.listAll(0);
    world.at(1, { type: "seen", kind: SESSION, object: session() });
    world.at(5, { type: "active", kind: SESSION, uid: UID, connected: time(4) });
    world.at(8, { type: "seen", kind: SESSION, object: session({ connected: 7 }) });
    expect(world.list).toEqual([ID]);
    world.at(38, { type: "seen", kind: SESSION, object: session({ connected: 7, closed: "Unused", deleted: 38 }) });
    world.at(98, { type: "deleted", kind: SESSION, object: session({ connected: 7, closed: "Unused", deleted: 38 }) });
    expect(world.events).toEqual([`start ${ID}`, `end ${ID} 8 s Unused`]);
    expect(world.list).toEqual([]);
  });
});

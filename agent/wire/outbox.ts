import { HEARTBEAT_LIMITS } from "../../shared/contract/requests.ts";
import type { HeartbeatResponse } from "../../shared/contract/responses.ts";
import type { LockedPorts, OperatorError, SessionChange, SessionEnded, SessionStart } from "./bodies.ts";

/** The events of one heartbeat. */
export type Batch = {
  events: readonly SessionEvent[];
  started: SessionStart[];
  ended: SessionEnded[];
  changed: SessionChange[];
  errors: OperatorError[];
};

export type SessionEvent = {
  sessionId: string;
  event: { kind: "started"; body: SessionStart } | { kind: "ended"; body: SessionEnded };
  bytes: number;
  notBeforeBeat: number;
  /** A deliberate repetition of an acknowledged event: sent once, whatever the answer. */
  echo: boolean;
};

/** How events are delivered. A test client delays, repeats, doubles and reorders them. */
export type Delivery = {
  /** How many heartbeats an event is delayed; 0 for none. */
  delayBeats(): number;
  /** Whether an acknowledged event is sent once more. */
  repeats(): boolean;
  /** Whether an event is in the same heartbeat twice. */
  doubles(): boolean;
  order<T>(events: readonly T[]): T[];
};

/** Each event once, in order, with the next heartbeat. */
export const plainDelivery: Delivery = {
  delayBeats: () => 0,
  repeats: () => false,
  doubles: () => false,
  order: (events) => [...events],
};

/** Keeps events over a restart. */
export type EventStore = {
  /** Stores a session's event in place of an earlier one. False: there is no room for it. */
  put(sessionId: string, event: SessionEvent["event"]): boolean;
  done(sessionId: string): void;
};

/** The limits of one batch. `withoutStarts`: starts wait. */
export type Room = { bytes: number; events: number; withoutStarts?: boolean };

/** An operator's events that the server has not acknowledged. Each stays until the server lists it in an answer. */
export type Outbox = {
  /** `urgent`: the server asked for it, so it goes with the next heartbeat. */
  started(body: SessionStart, urgent?: boolean): void;
  /** Replaces the session's own start, if it still waits: the end then must contain the start record. */
  ended(body: SessionEnded): void;
  changed(sessionId: string, lockedPorts: LockedPorts): void;
  error(event: OperatorError): void;
  /** The waiting start or end of a session. */
  waiting(sessionId: string): SessionEvent["event"] | undefined;
  /** Removes a session's event after a call of its own delivered it. */
  delivered(sessionId: string): void;
  /** The oldest events that fit and are due, at most one of each session. Removes nothing. */
  take(beat: number, room: Room): Batch;
  /** Removes the events of this batch that the answer acknowledges. */
  settle(batch: Batch, response: HeartbeatResponse): void;
  size(): number;
};

export type OutboxOptions = {
  delivery?: Delivery;
  /** Keeps the events over a restart. Without one they are in memory only. */
  store?: EventStore;
  /** The events that the store has from before. */
  restored?: ReadonlyMap<string, SessionEvent["event"]>;
  /** With more events than this, the oldest starts are dropped: the server asks for those of sessions that still run. */
  maxEvents?: number;
  /** Called for each event that is dropped. An end is dropped only if the store has no room for it. */
  onDropped?: (kind: SessionEvent["event"]["kind"], sessionId: string) => void;
};

// Errors have no store: a server that is away for long gets the latest.
const MAX_ERRORS = 1_000;
// Of the room in one heartbeat: the rest is for starts and ends.
const CHANGED_SHARE = 1 / 4;
const ERRORS_SHARE = 1 / 2;

export const createOutbox = (options: OutboxOptions = {}): Outbox => {
  const { delivery = plainDelivery, store, maxEvents = Number.POSITIVE_INFINITY, onDropped = () => {} } = options;
  const waiting = new Map<string, SessionEvent>();
  const echoes = new Set<SessionEvent>();
  const changes = new Map<string, LockedPorts>();
  const errors = new Set<OperatorError>();
  let beats = 0;

  for (const [sessionId, event] of options.restored ?? [])
    waiting.set(sessionId, { sessionId, event, bytes: sizeOf(event.body), notBeforeBeat: 0, echo: false });

  const remove = (sessionId: string): void => {
    waiting.delete(sessionId);
    store?.done(sessionId);
  };

  const dropOldestStart = (): boolean => {
    for (const { sessionId, event } of waiting.values()) {
      if (event.kind !== "started") continue;
      remove(sessionId);
      onDropped("started", sessionId);
      return true;
    }
    return false;
  };

  const add = (sessionId: string, event: SessionEvent["event"], urgent = false): void => {
    const notBeforeBeat = beats + 1 + (urgent ? 0 : delivery.delayBeats());
    while (store?.put(sessionId, event) === false) {
      if (dropOldestStart()) continue;
      remove(sessionId);
      onDropped(event.kind, sessionId);
      return;
    }
    waiting.set(sessionId, { sessionId, event, bytes: sizeOf(event.body), notBeforeBeat, echo: false });
    if (waiting.size > maxEvents) dropOldestStart();
  };

  const takeChanges = (maxBytes: number): SessionChange[] => {
    const taken: SessionChange[] = [];
    let bytes = 0;
    for (const [session_id, locked_ports] of changes) {
      const change = { session_id, locked_ports };
      bytes += sizeOf(change);
      if (taken.length === HEARTBEAT_LIMITS.changed || bytes > maxBytes) break;
      if (!waiting.has(session_id)) taken.push(change);
    }
    return taken;
  };

  const takeErrors = (maxBytes: number): OperatorError[] => {
    const taken: OperatorError[] = [];
    let bytes = 0;
    for (const error of errors) {
      bytes += sizeOf(error);
      if (taken.length === HEARTBEAT_LIMITS.errors || bytes > maxBytes) break;
      taken.push(error);
    }
    return taken;
  };

  const take = (beat: number, room: Room): Batch => {
    beats = beat;
    const changed = takeChanges(room.bytes * CHANGED_SHARE);
    const sentErrors = takeErrors(room.bytes * ERRORS_SHARE);
    const left = { ...room, bytes: room.bytes - sizeOf(changed) - sizeOf(sentErrors) };
    const events = delivery.order(choose([...waiting.values(), ...echoes], beat, left, delivery));
    const ids = new Set(events.map(({ sessionId }) => sessionId));
    return {
      events,
      started: events.flatMap(({ event }) => (event.kind === "started" ? [event.body] : [])),
      ended: events.flatMap(({ event }) => (event.kind === "ended" ? [event.body] : [])),
      changed: changed.filter(({ session_id }) => !ids.has(session_id)),
      errors: sentErrors,
    };
  };

  const settle = (batch: Batch, response: HeartbeatResponse): void => {
    const accepted = new Set(response.accepted);
    const done = new Set([
      ...accepted,
      ...response.rejected.map(({ session_id }) => session_id),
      ...response.denied.map(({ session_id }) => session_id),
    ]);
    for (const { session_id, locked_ports } of batch.changed) {
      if (changes.get(session_id) === locked_ports) changes.delete(session_id);
    }
    for (const error of batch.errors) errors.delete(error);
    for (const entry of new Set(batch.events)) {
      if (entry.echo) echoes.delete(entry);
      // Compared by identity: an end that replaced this start meanwhile was not in the batch.
      if (!done.has(entry.sessionId) || waiting.get(entry.sessionId) !== entry) continue;
      remove(entry.sessionId);
      if (accepted.has(entry.sessionId) && delivery.repeats()) {
        echoes.add({ ...entry, echo: true, notBeforeBeat: beats + 1 + delivery.delayBeats() });
      }
    }
  };

  return {
    started: (body, urgent) => add(body.session_id, { kind: "started", body }, urgent),
    ended: (body) => {
      changes.delete(body.session_id);
      add(body.session_id, { kind: "ended", body });
    },
    changed: (sessionId, lockedPorts) => changes.set(sessionId, lockedPorts),
    error: (event) => {
      const [oldest] = errors;
      if (errors.size === MAX_ERRORS && oldest !== undefined) errors.delete(oldest);
      errors.add(event);
    },
    waiting: (sessionId) => waiting.get(sessionId)?.event,
    delivered: remove,
    take,
    settle,
    size: () => waiting.size + echoes.size + changes.size + errors.size,
  };
};

/**
 * Chooses the events of a batch. An answer lists sessions, not events. So a heartbeat has at most one event of a session:
 * with two, an id in `accepted` would be ambiguous.
 */
const choose = (entries: readonly SessionEvent[], beat: number, room: Room, delivery: Delivery): SessionEvent[] => {
  const ids = new Set<string>();
  const chosen: SessionEvent[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (entry.notBeforeBeat > beat || ids.has(entry.sessionId)) continue;
    if (room.withoutStarts === true && entry.event.kind === "started") continue;
    const copies =
      chosen.length + 2 <= room.events && bytes + 2 * entry.bytes <= room.bytes && delivery.doubles() ? 2 : 1;
    if (chosen.length + copies > room.events || bytes + copies * entry.bytes > room.bytes) break;
    ids.add(entry.sessionId);
    for (let copy = 0; copy < copies; copy++) chosen.push(entry);
    bytes += copies * entry.bytes;
  }
  return chosen;
};

// With the comma that follows it in the list.
const sizeOf = (body: unknown): number => Buffer.byteLength(JSON.stringify(body)) + 1;

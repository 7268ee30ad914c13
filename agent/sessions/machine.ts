import { type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { lastActivity, sessionEnd } from "./end-time.ts";
import { afterSight, type Entry, NO_ACTIVITY, type Phase, startOf } from "./entry.ts";
import { timeOf } from "./fields.ts";
import { createLag } from "./lag.ts";
import { createParentNames, type Hint } from "./parent-names.ts";
import { idKey, portsOf, samePorts } from "./ports.ts";
import { factsOf, isCiObject, readObject, type Seen } from "./read-object.ts";
import { readSaved, SAVED_VERSION, type SavedState } from "./saved.ts";
import { boundedId, idOf, laterParentIdOf, parentIdOf, required } from "./texts.ts";
import {
  type Changes,
  type Child,
  KINDS,
  type Kind,
  type Observation,
  type RawObject,
  type Sessions,
  type SessionWaits,
  type Start,
  type StopTarget,
  type View,
} from "./types.ts";

export const SESSION_WAITS: SessionWaits = {
  parentMs: 10 * SECOND_MS,
  missingMs: 5 * MINUTE_MS,
  memoryMs: 10 * MINUTE_MS,
};

export type SessionsOptions = {
  instanceId: string;
  waits?: SessionWaits;
  /** What `state` of an earlier process returned. Anything else counts as nothing. */
  restored?: unknown;
};

/** How the agent came to see an object's state: as it changed, some time after, or at its deletion. */
type Sight = { at: EpochMs; isLate: boolean; isGone: boolean };

type KindState = {
  /** This process has a complete list, or has seen that the kind is not installed. */
  complete: boolean;
  /** This process sees what happens to the kind now. */
  inSight: boolean;
  listedBefore: boolean;
  observedAt: EpochMs | undefined;
  missingSince: EpochMs | undefined;
};

/** A step of the clock above this is no passing of time: the expiry of previews waits for the next offset. */
const CLOCK_STEP_MS = HOUR_MS;

const FIRST_MS = 0;
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const bounded = (time: EpochMs): EpochMs => Math.min(LAST_MS, Math.max(FIRST_MS, Math.round(time)));

/** The first child of a multi-cluster session starts it, and a CI child decides its kind. */
const ciFirst = (objects: readonly RawObject[]): RawObject[] =>
  objects.toSorted((one, other) => Number(isCiObject(other)) - Number(isCiObject(one)));

/** Creates the state machine of a cluster's sessions. See `Sessions`. */
export const createSessions = ({ instanceId, waits = SESSION_WAITS, restored }: SessionsOptions): Sessions => {
  const saved = readSaved(restored);
  const kinds = new Map<Kind, KindState>(KINDS.map((kind) => [kind, newKind(saved, kind)]));
  const entries = new Map<string, Entry>((saved?.entries ?? []).map((entry) => [entry.uid, entry]));
  const ids = new Map<string, string>([...entries.values()].map(({ id, uid }) => [id, uid]));
  /** Ended objects, by uid. `goneAt`: since when the object does not exist. */
  const over = new Map<string, { kind: Kind; goneAt: EpochMs | undefined }>(
    (saved?.over ?? []).map(({ uid, kind, goneAt }) => [uid, { kind, goneAt }]),
  );
  const names = createParentNames(saved?.names ?? []);
  /** Entries that time alone can change. */
  const timed = new Set<string>([...entries.values()].filter(isTimed).map(({ uid }) => uid));
  const reported = new Set<string>();
  let ports = new Map<string, NonNullable<Entry["ports"]>>();
  const lag = createLag(saved?.lags);
  let offsetMs = 0;
  let lastAt: EpochMs | undefined;
  let clockStepped = false;
  let changes = noChanges();

  const toOwn = (time: EpochMs): EpochMs => time - offsetMs;
  const stateOf = (kind: Kind): KindState => kinds.get(kind) as KindState;

  const touch = (kind: Kind, at: EpochMs): void => {
    const state = stateOf(kind);
    if (!state.complete) return;
    Object.assign(state, { inSight: true, observedAt: at });
  };

  const fault = (cause: string, text: string): void => {
    if (reported.has(cause)) return;
    reported.add(cause);
    changes.faults.push(text);
  };

  const idOfParent = ({ parentName }: Entry): string | undefined =>
    parentName === undefined ? undefined : names.parentId(parentName);

  const recordOf = (entry: Entry): Start => startOf(entry, instanceId, idOfParent(entry));

  const forget = ({ uid, id }: Entry): void => {
    entries.delete(uid);
    timed.delete(uid);
    if (ids.get(id) === uid) ids.delete(id);
  };

  const enter = (entry: Entry, phase: Phase, at: EpochMs): void => {
    entry.phase = phase;
    entry.since = at;
    if (isTimed(entry)) timed.add(entry.uid);
    else timed.delete(entry.uid);
  };

  const begin = (entry: Entry, at: EpochMs): void => {
    enter(entry, "live", at);
    if (entry.parentName === undefined) changes.started.push(recordOf(entry));
    else changes.childrenChanged = true;
  };

  const pushEnd = (entry: Entry, endedAt: EpochMs, reason: string | undefined, inferred: boolean): void => {
    if (entry.parentName !== undefined && entry.phase === "live") changes.childrenChanged = true;
    changes.ended.push({
      session_id: entry.id,
      ended_at: new Date(bounded(endedAt)).toISOString(),
      ...(reason === undefined ? {} : { reason }),
      ...(inferred ? { inferred: true as const } : {}),
      start: recordOf(entry),
    });
  };

  const end = (entry: Entry, endedAt: EpochMs, reason: string | undefined, sight: Sight): void => {
    pushEnd(entry, endedAt, reason, false);
    forget(entry);
    over.set(entry.uid, { kind: entry.kind, goneAt: sight.isGone ? sight.at : undefined });
  };

  /** Gives a parent what a child makes known: that the session is CI, its key and its branch. */
  const learn = (parent: Entry, { session_kind, ci_info, key, branch }: Hint): void => {
    parent.facts = {
      ...(key === undefined ? {} : { key }),
      ...(branch === undefined ? {} : { branch }),
      ...parent.facts,
      ...(session_kind === "ci" ? { session_kind, ci: true, ...(ci_info === undefined ? {} : { ci_info }) } : {}),
    };
  };

  /** Returns whether a child of the parent is known. */
  const learnFromChildren = (parent: Entry): boolean => {
    const hint = names.hint(parentIdOf(parent.name));
    if (hint !== undefined) learn(parent, hint);
    return hint !== undefined;
  };

  const noteChild = (parentName: string, { facts }: Entry, at: EpochMs): void => {
    const { session_kind, ci_info, key, branch } = facts;
    names.child(parentName, { session_kind, ...definedOf({ ci_info, key, branch }) }, at);
    const parent = entries.get(names.newest(parentName) ?? "");
    if (parent === undefined) return;
    learn(parent, facts);
    if (parent.phase === "waiting") begin(parent, at);
  };

  /** Live children of the name now belong to this id. */
  const noteParentId = ({ name, uid, id }: Entry): void => {
    const parentName = parentIdOf(name);
    const before = names.parentId(parentName);
    names.hasId(parentName, uid, id);
    if (names.parentId(parentName) === before) return;
    if (live().some((entry) => entry.parentName === parentName)) changes.childrenChanged = true;
  };

  const create = (kind: Kind, raw: RawObject, seen: Seen, at: EpochMs): Entry => {
    const { facts, faults } = factsOf(kind, raw);
    for (const text of faults) fault(`${kind} ${text}`, `${kind} ${required(seen.name, 253)}: ${text}`);
    const clusterStart = seen.preview?.startedAt ?? seen.createdAt;
    const entry: Entry = {
      kind,
      uid: seen.uid,
      name: seen.name,
      namespace: seen.namespace,
      id: sessionId(kind, seen, at),
      parentName: seen.parentName === undefined ? undefined : parentIdOf(seen.parentName),
      phase: "waiting",
      since: at,
      startedAt: bounded(Math.min(at, clusterStart === undefined ? at : toOwn(clusterStart))),
      facts,
      activity: NO_ACTIVITY,
      ports: ports.get(idKey(seen.name)),
      expiresAt: seen.preview?.expiresAt,
    };
    if (kind === "MirrordMultiClusterSession") noteParentId(entry);
    entries.set(entry.uid, entry);
    ids.set(entry.id, entry.uid);
    timed.add(entry.uid);
    return entry;
  };

  const sessionId = (kind: Kind, { name, uid }: Seen, at: EpochMs): string => {
    if (kind === "PreviewSession") return boundedId(`preview.${uid}`);
    if (kind === "MirrordClusterSession") return idOf(name, uid);
    // Children know the name of their parent alone, so the first parent of a name has it as its id.
    return names.parent(parentIdOf(name), uid, at) ? parentIdOf(name) : laterParentIdOf(name, uid);
  };

  /** The agent's own time of a change that it saw, without the time for which the operator could not write it. */
  const changedAt = ({ activity }: Entry, connected: string | undefined, at: EpochMs): EpochMs =>
    connected === activity.connected ? at : lag.onTime(timeOf(connected), at);

  const sightSession = (entry: Entry, seen: Seen, sight: Sight, isNew: boolean): void => {
    // Nobody saw the change of a value that the object has at its first sight, after a list without it, or only at its deletion.
    const sawChange = !isNew && entry.phase !== "absent" && !sight.isLate && !sight.isGone;
    entry.activity = afterSight(
      entry.activity,
      seen.connected,
      sawChange ? changedAt(entry, seen.connected, sight.at) : undefined,
      sight.at,
    );
    if (isNew && entry.parentName !== undefined) noteChild(entry.parentName, entry, sight.at);
    const isParent = entry.kind === "MirrordMultiClusterSession";
    const isOfKnownKind = !isParent || (isNew && learnFromChildren(entry));
    if (seen.closed !== undefined || seen.isDeleted || sight.isGone) {
      end(entry, sessionEnd(entry, seen.deletedAt, sight.at, toOwn), seen.closed?.reason, sight);
    } else if (entry.phase === "absent" || (isNew && isOfKnownKind)) {
      begin(entry, sight.at);
    }
  };

  const sightPreview = (entry: Entry, preview: NonNullable<Seen["preview"]>, seen: Seen, sight: Sight): void => {
    entry.expiresAt = preview.expiresAt;
    if (entry.phase === "waiting" && preview.begun) {
      const startedAt = preview.startedAt === undefined ? entry.startedAt : toOwn(preview.startedAt);
      entry.startedAt = bounded(Math.min(sight.at, startedAt));
    }
    const ends: { at: EpochMs; reason: string }[] = [];
    if (preview.failed !== undefined) {
      ends.push({ at: preview.failed.at === undefined ? sight.at : toOwn(preview.failed.at), reason: "Failed" });
    }
    if (hasExpired(entry, sight.at)) ends.push({ at: toOwn(entry.expiresAt ?? 0), reason: "Expired" });
    if (seen.isDeleted || sight.isGone) {
      ends.push({ at: seen.deletedAt === undefined ? sight.at : toOwn(seen.deletedAt), reason: "Deleted" });
    }
    const first = ends.sort((one, other) => one.at - other.at)[0];
    if (first === undefined) {
      if (entry.phase === "absent" || (entry.phase === "waiting" && preview.begun)) begin(entry, sight.at);
    } else if (preview.begun || entry.phase !== "waiting") {
      end(entry, within(entry.startedAt, first.at, sight.at), first.reason, sight);
    } else {
      // It ended before it began: nothing ran.
      forget(entry);
      over.set(entry.uid, { kind: entry.kind, goneAt: sight.isGone ? sight.at : undefined });
    }
  };

  const hasExpired = ({ expiresAt }: Entry, at: EpochMs): boolean =>
    expiresAt !== undefined && !clockStepped && toOwn(expiresAt) <= at;

  /** Returns the object's uid, or undefined if the object cannot be identified. */
  const sightObject = (kind: Kind, raw: RawObject, sight: Sight): string | undefined => {
    const seen = readObject(kind, raw);
    if (seen === undefined) {
      fault(kind, `A ${kind} object has no metadata.uid or no metadata.name. It is not reported.`);
      return undefined;
    }
    const ended = over.get(seen.uid);
    if (ended !== undefined) {
      if (sight.isGone) ended.goneAt ??= sight.at;
      return seen.uid;
    }
    const known = entries.get(seen.uid);
    const entry = known ?? create(kind, raw, seen, sight.at);
    if (seen.preview === undefined) sightSession(entry, seen, sight, known === undefined);
    else sightPreview(entry, seen.preview, seen, sight);
    return seen.uid;
  };

  /** A preview has no activity. It existed as long as the agent saw its kind, at most until it expired. */
  const lastSightOf = ({ kind, startedAt, expiresAt }: Entry): EpochMs =>
    Math.min(stateOf(kind).observedAt ?? startedAt, expiresAt === undefined ? LAST_MS : toOwn(expiresAt));

  const markAbsent = (entry: Entry, at: EpochMs): void => {
    const isPreview = entry.kind === "PreviewSession";
    if (isPreview && entry.phase === "waiting") {
      forget(entry);
    } else {
      const last = isPreview ? lastSightOf(entry) : lastActivity(entry, toOwn);
      pushEnd(entry, within(entry.startedAt, last, at), undefined, true);
      enter(entry, "absent", at);
    }
  };

  /** `uids`: all objects of the kind that exist. */
  const complete = (kind: Kind, uids: ReadonlySet<string>, at: EpochMs): void => {
    for (const entry of [...entries.values()]) {
      if (entry.kind === kind && entry.phase !== "absent" && !uids.has(entry.uid)) markAbsent(entry, at);
    }
    for (const [uid, ended] of over) {
      if (ended.kind === kind && !uids.has(uid)) ended.goneAt ??= at;
    }
    const state = stateOf(kind);
    state.complete = true;
    state.observedAt = at;
  };

  const listed = (kind: Kind, objects: readonly RawObject[], at: EpochMs): void => {
    const uids = new Set<string>();
    for (const raw of ciFirst(objects)) {
      const uid = sightObject(kind, raw, { at, isLate: true, isGone: false });
      if (uid !== undefined) uids.add(uid);
    }
    complete(kind, uids, at);
    Object.assign(stateOf(kind), { inSight: true, listedBefore: true, missingSince: undefined });
  };

  const missing = (kind: Kind, at: EpochMs): void => {
    const state = stateOf(kind);
    state.inSight = false;
    // A clock that was set back says nothing about how long the 404 lasted.
    if (state.missingSince === undefined || at < state.missingSince) state.missingSince = at;
    if (!state.listedBefore || at - state.missingSince >= waits.missingMs) complete(kind, new Set(), at);
  };

  const active = (uid: string, connected: string, at: EpochMs, isLate: boolean): void => {
    const entry = entries.get(uid);
    if (entry === undefined) return;
    entry.activity = afterSight(entry.activity, connected, isLate ? undefined : changedAt(entry, connected, at), at);
  };

  const operator = (sessions: unknown): void => {
    ports = portsOf(sessions);
    const newest = new Map<string, Entry>();
    for (const entry of entries.values()) {
      if (entry.phase !== "absent" && entry.parentName === undefined) newest.set(idKey(entry.name), entry);
    }
    for (const [key, held] of ports) {
      const entry = newest.get(key);
      if (entry === undefined || samePorts(entry.ports, held)) continue;
      entry.ports = held;
      if (entry.phase === "live") changes.changed.push({ session_id: entry.id, locked_ports: held });
    }
  };

  const endsElsewhere = (id: string, at: EpochMs): void => {
    const entry = entries.get(ids.get(id) ?? "");
    if (entry?.kind !== "MirrordMultiClusterSession" || entry.phase !== "live" || entry.id !== parentIdOf(entry.name))
      return;
    // An entry that an earlier process saved may be of an object that ended since: its list decides first.
    if (!stateOf(entry.kind).complete) return;
    ids.delete(entry.id);
    entry.id = laterParentIdOf(entry.name, entry.uid);
    noteParentId(entry);
    ids.set(entry.id, entry.uid);
    begin(entry, at);
  };

  const passTime = (at: EpochMs): void => {
    for (const uid of [...timed]) {
      const entry = entries.get(uid);
      if (entry === undefined) continue;
      // Out of sight, a preview may have been deleted long before it expires.
      if (entry.phase === "live" && stateOf(entry.kind).inSight && hasExpired(entry, at)) {
        const sight = { at, isLate: false, isGone: false };
        end(entry, within(entry.startedAt, toOwn(entry.expiresAt ?? at), at), "Expired", sight);
      } else if (entry.kind === "MirrordMultiClusterSession" && entry.phase === "waiting") {
        if (hasPassed(entry.since, at, waits.parentMs)) begin(entry, at);
      } else if (entry.phase === "absent" && hasPassed(entry.since, at, waits.memoryMs)) {
        forget(entry);
      }
    }
    for (const [uid, { goneAt }] of over) {
      if (goneAt !== undefined && hasPassed(goneAt, at, waits.memoryMs)) over.delete(uid);
    }
    names.forget(at, (uid) => entries.has(uid) || over.has(uid));
  };

  const apply = (observation: Observation): void => {
    const { at, type } = observation;
    if (type === "listed") listed(observation.kind, observation.objects, at);
    else if (type === "missing") missing(observation.kind, at);
    else if (type === "lost") Object.assign(stateOf(observation.kind), { inSight: false, missingSince: undefined });
    else if (type === "operator") operator(observation.sessions);
    else if (type === "over") endsElsewhere(observation.sessionId, at);
    else if (type === "tick") passTime(at);
    else if (type === "offset") {
      offsetMs = observation.offsetMs;
      clockStepped = false;
    } else {
      if (type === "active") active(observation.uid, observation.connected, at, observation.late === true);
      if (type === "seen" || type === "deleted") {
        const sight = { at, isLate: observation.late === true, isGone: type === "deleted" };
        sightObject(observation.kind, observation.object, sight);
      }
      touch(observation.kind, at);
    }
  };

  const observe = (observation: Observation): Changes => {
    changes = noChanges();
    if (lastAt !== undefined && Math.abs(observation.at - lastAt) > CLOCK_STEP_MS) clockStepped = true;
    lastAt = observation.at;
    apply(observation);
    return changes;
  };

  const live = (): Entry[] => [...entries.values()].filter(({ phase }) => phase === "live");

  const view = (): View => {
    const states = [...kinds.values()];
    if (!states.every(({ complete }) => complete))
      return { list: undefined, children: undefined, observedAt: undefined };
    const all = live();
    return {
      list: all.flatMap(({ id, parentName }) => (parentName === undefined ? [id] : [])).sort(),
      children: all
        .flatMap((entry) => childOf(entry, idOfParent(entry)))
        .sort((one, other) => (one.session_id < other.session_id ? -1 : 1)),
      observedAt: Math.min(...states.map(({ observedAt }) => observedAt ?? 0)),
    };
  };

  const liveEntry = (id: string): Entry | undefined => {
    const entry = entries.get(ids.get(id) ?? "");
    return entry?.phase === "live" ? entry : undefined;
  };

  return {
    observe,
    view,
    start: (id) => {
      const entry = liveEntry(id);
      return entry === undefined || entry.parentName !== undefined ? undefined : recordOf(entry);
    },
    stopTarget: (id) => {
      const entry = liveEntry(id);
      return entry === undefined ? undefined : stopTargetOf(entry);
    },
    counts: () => {
      const counts = { MirrordClusterSession: 0, MirrordMultiClusterSession: 0, PreviewSession: 0 };
      for (const { kind, phase } of entries.values()) if (phase !== "absent") counts[kind] += 1;
      for (const { kind, goneAt } of over.values()) if (goneAt === undefined) counts[kind] += 1;
      return counts;
    },
    state: (): SavedState => ({
      version: SAVED_VERSION,
      kinds: [...kinds].map(([kind, { listedBefore, observedAt }]) => ({ kind, listedBefore, observedAt })),
      // A copy: the machine changes its entries.
      entries: [...entries.values()].map((entry) => ({ ...entry })),
      over: [...over].map(([uid, ended]) => ({ uid, ...ended })),
      names: names.saved(),
      lags: lag.saved(),
    }),
  };
};

const newKind = (saved: SavedState | undefined, kind: Kind): KindState => {
  const before = saved?.kinds.find((state) => state.kind === kind);
  return {
    complete: false,
    inSight: false,
    listedBefore: before?.listedBefore ?? false,
    observedAt: before?.observedAt,
    missingSince: undefined,
  };
};

const noChanges = (): Changes => ({ started: [], ended: [], changed: [], childrenChanged: false, faults: [] });

const definedOf = <T extends object>(values: T) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

const isTimed = ({ kind, phase }: Entry): boolean => phase !== "live" || kind === "PreviewSession";

const within = (from: EpochMs, time: EpochMs, to: EpochMs): EpochMs => Math.max(from, Math.min(time, to));

/** True too if the clock was set back, so that nothing waits for the old time to come again. */
const hasPassed = (since: EpochMs, at: EpochMs, waitMs: number): boolean => at - since >= waitMs || at < since;

const childOf = ({ id, facts }: Entry, parentId: string | undefined): Child[] => {
  if (parentId === undefined) return [];
  const { session_kind, key, branch } = facts;
  return [
    {
      session_id: id,
      parent_id: parentId,
      session_kind: session_kind === "ci" ? "ci" : "user",
      ...(key === undefined ? {} : { key }),
      ...(branch === undefined ? {} : { branch }),
    },
  ];
};

const stopTargetOf = ({ kind, name, namespace = "", uid }: Entry): StopTarget =>
  kind === "PreviewSession" ? { kind, namespace, name, uid } : { kind, name };

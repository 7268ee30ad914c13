import { KINDS, type Kind, type Observation } from "../../../agent/sessions/types.ts";
import { type EpochMs, SECOND_MS } from "../../../shared/contract/time.ts";
import type { Life } from "./lives.ts";
import { activityAt, changesOf, isThere, objectAt, stampOf } from "./objects.ts";
import type { Gap, World } from "./world.ts";

/** One object that an observation shows. */
export type Sight = {
  life: Life;
  /** The moment whose state is shown, by a clock that is right. */
  version: EpochMs;
  /** Seen as it happened. */
  isFresh: boolean;
  isGone: boolean;
};

/** An observation, and what it shows, by a clock that is right. */
export type Shown = { now: EpochMs; observation: Observation; sights: readonly Sight[] };

export type Random = () => number;

/** Deterministic numbers in [0, 1). */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
};

const RETRY_MS = 4 * SECOND_MS;
const BOOKMARK_MS = 15 * SECOND_MS;
const OFFSET_MS = 20 * SECOND_MS;
/** The API server forgets changes after five minutes: then a watch cannot resume. */
const HISTORY_MS = 280 * SECOND_MS;

type Watch = {
  kind: Kind;
  /** Up to when the changes of a watch were read. Undefined: a list comes first. */
  readUpTo: EpochMs | undefined;
  openedAt: EpochMs;
  bookmarkedAt: EpochMs;
  listAt: EpochMs;
  lagS: number;
  omits: number | undefined;
  gap: Gap | undefined;
  known: Set<string>;
};

export type Watching = {
  /** What the agent observes at `now`, in order. Call it about once a second. */
  step(now: EpochMs): Shown[];
};

/** What one process of the agent can observe of a world: a stand-in for lists and watches of the API server. */
export const watching = (world: World, startedAt: EpochMs, lagsFirst: boolean, random: Random): Watching => {
  const { history } = world;
  let offsetAt = startedAt;
  const watches = KINDS.map(
    (kind): Watch => ({
      kind,
      readUpTo: undefined,
      openedAt: startedAt,
      bookmarkedAt: startedAt,
      listAt: startedAt + Math.floor(random() * 3_000),
      lagS: lagsFirst ? history.firstListsLagS : 0,
      omits: undefined,
      gap: undefined,
      known: new Set(),
    }),
  );

  const own = (now: EpochMs): EpochMs => now + history.agentClockMs;
  const plain = (now: EpochMs, observation: Observation): Shown => ({ now, observation, sights: [] });

  const accessTo = (kind: Kind, now: EpochMs): "granted" | "forbidden" | "missing" => {
    const { from, to } = world.installed[kind];
    if (world.forbidden.some((each) => each.kind === kind && now >= each.from && now < each.to)) return "forbidden";
    return now >= from && now < to ? "granted" : "missing";
  };

  const list = (watch: Watch, now: EpochMs): Shown => {
    const asOf = Math.max(now - watch.lagS * SECOND_MS, world.installed[watch.kind].from);
    const lives = world.lives.filter(
      (life) => life.kind === watch.kind && isThere(life, asOf) && (life.number / 10) % 3 !== watch.omits,
    );
    Object.assign(watch, { readUpTo: asOf, openedAt: now, bookmarkedAt: now, lagS: 0, omits: undefined });
    watch.known = new Set(lives.map(({ uid }) => uid));
    return {
      now,
      observation: {
        at: own(now),
        type: "listed",
        kind: watch.kind,
        objects: lives.map((life) => objectAt(world, life, asOf)),
      },
      sights: lives.map((life) => ({ life, version: asOf, isFresh: false, isGone: false })),
    };
  };

  const changed = (watch: Watch, life: Life, version: EpochMs, now: EpochMs): Shown => {
    const at = own(now);
    const { kind } = watch;
    const isLate = version < watch.openedAt;
    const isGone = version === life.goneAt;
    const late = isLate ? { late: true } : {};
    const object = objectAt(world, life, version);
    const isKnown = watch.known.has(life.uid);
    const activity = activityAt(world, life, version);
    const isOnlyActivity =
      activity === version && ![life.closed?.at, life.deletedAt, life.connectedAt].includes(version);
    const isActivity = isKnown && isOnlyActivity && random() < 0.9;
    watch.known[isGone ? "delete" : "add"](life.uid);
    const sights = [{ life, version, isFresh: !isLate, isGone }];
    if (isGone) return { now, sights, observation: { at, type: "deleted", kind, object, ...late } };
    if (!isActivity) return { now, sights, observation: { at, type: "seen", kind, object, ...late } };
    return {
      now,
      sights,
      observation: { at, type: "active", kind, uid: life.uid, connected: stampOf(world, activity), ...late },
    };
  };

  const read = (watch: Watch, now: EpochMs): Shown[] => {
    const after = watch.readUpTo ?? now;
    const changes = world.lives
      .filter(({ kind }) => kind === watch.kind)
      .flatMap((life) => changesOf(world, life, after, now).map((version) => ({ life, version })))
      .sort((one, other) => one.version - other.version || one.life.number - other.life.number);
    watch.readUpTo = now;
    return changes.flatMap(({ life, version }) => {
      const shown = changed(watch, life, version, now);
      // Some arrive twice.
      return random() < 0.05 ? [shown, shown] : [shown];
    });
  };

  const stopWatch = (watch: Watch, listAt: EpochMs): void => {
    watch.readUpTo = undefined;
    watch.listAt = listAt;
  };

  const stepOf = (watch: Watch, now: EpochMs): Shown[] => {
    const at = own(now);
    const { kind } = watch;
    const gap = world.gaps.find((each) => each.kind === kind && now >= each.from && now < each.to);
    if (gap !== undefined) {
      const isNew = watch.gap !== gap;
      watch.gap = gap;
      return gap.isReported && (isNew || random() < 0.2) ? [plain(now, { at, type: "lost", kind })] : [];
    }
    const access = accessTo(kind, now);
    const before = watch.gap;
    watch.gap = undefined;
    const shown: Shown[] = [];
    if (watch.readUpTo !== undefined) {
      const canResume = access === "granted" && now - watch.readUpTo < HISTORY_MS;
      if (before !== undefined && (before.goesOn === "list" || !canResume)) stopWatch(watch, now);
      else if (before !== undefined) watch.openedAt = now;
      if (before !== undefined && watch.readUpTo === undefined)
        Object.assign(watch, { lagS: before.lagS, omits: before.omits });
      // An uninstalled kind deletes its objects before its watch ends.
      if (watch.readUpTo !== undefined && access !== "forbidden") shown.push(...read(watch, now));
      if (access !== "granted") stopWatch(watch, now);
    }
    if (watch.readUpTo === undefined) {
      if (now < watch.listAt) return shown;
      watch.listAt = now + RETRY_MS;
      if (access === "forbidden") shown.push(plain(now, { at, type: "lost", kind }));
      else if (access === "missing") shown.push(plain(now, { at, type: "missing", kind }));
      else shown.push(list(watch, now), ...read(watch, now));
    } else if (now - watch.bookmarkedAt >= BOOKMARK_MS) {
      watch.bookmarkedAt = now;
      shown.push(plain(now, { at, type: "current", kind }));
    }
    return shown;
  };

  return {
    step: (now) => {
      const shown: Shown[] = [];
      if (now >= offsetAt) {
        offsetAt = now + OFFSET_MS;
        const offsetMs = history.apiClockMs - history.agentClockMs + Math.round((random() - 0.5) * 1_000);
        shown.push(plain(now, { at: own(now), type: "offset", offsetMs }));
      }
      for (const watch of watches) shown.push(...stepOf(watch, now));
      shown.push(plain(now, { at: own(now), type: "tick" }));
      return shown;
    },
  };
};

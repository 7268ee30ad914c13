import type { Kind } from "../../../agent/sessions/types.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import type { Life } from "./lives.ts";
import { activityAt } from "./objects.ts";
import type { Sight } from "./watching.ts";
import type { World } from "./world.ts";

/** What the agent can know of one object, by what it was shown. Times are by a clock that is right. */
export type Known = {
  life: Life;
  /** The newest state that was shown. */
  version: EpochMs;
  /** The newest activity was seen as it happened. */
  isWatched: boolean;
  /** As a session: a preview from its start. */
  firstShownAt: EpochMs;
  /** The last moment of which the agent knows that the object was there. */
  confirmedAt: EpochMs;
  /** Shown by this process. */
  isShownHere: boolean;
  /** What was shown last. Closed is for good: a list from the past changes nothing about it. */
  is: "live" | "closed" | "absent";
  /** Its end has no time of its own: a DELETED event from a time without a watch. */
  isEndVague: boolean;
  /** What the agent has reported. */
  reported: "nothing" | "start" | "end" | "inferred end";
  /** Reported at the latest by then. */
  dueAt: EpochMs | undefined;
};

export type KindKnown = {
  /** Listed by this process. */
  isListed: boolean;
  /** Listed by this process or by one whose file it has. */
  wasEverListed: boolean;
  /** This process sees what happens to the kind, since then. */
  inSightSince: EpochMs | undefined;
  /** Not installed since then, without and with times in between of which nothing is known. */
  missingSince: EpochMs | undefined;
  missingAtLeastSince: EpochMs | undefined;
  /** The agent knows the kind up to here: by lists and bookmarks alone, and by all that it observed of it. */
  currentAt: EpochMs | undefined;
  observedAt: EpochMs | undefined;
};

export type Knowledge = { objects: Map<string, Known>; kinds: Record<Kind, KindKnown> };

const newKind = (wasEverListed = false): KindKnown => ({
  isListed: false,
  wasEverListed,
  inSightSince: undefined,
  missingSince: undefined,
  missingAtLeastSince: undefined,
  currentAt: undefined,
  observedAt: undefined,
});

export const newKnowledge = (): Knowledge => ({
  objects: new Map(),
  kinds: { MirrordClusterSession: newKind(), MirrordMultiClusterSession: newKind(), PreviewSession: newKind() },
});

/** What is in the kept file. */
export const keep = ({ objects, kinds }: Knowledge): Knowledge => ({
  objects: new Map([...objects].map(([uid, known]) => [uid, { ...known, isShownHere: false }])),
  kinds: {
    MirrordClusterSession: newKind(kinds.MirrordClusterSession.wasEverListed),
    MirrordMultiClusterSession: newKind(kinds.MirrordMultiClusterSession.wasEverListed),
    PreviewSession: newKind(kinds.PreviewSession.wasEverListed),
  },
});

export const isClosedAt = (life: Life, version: EpochMs): boolean =>
  [life.closed?.at, life.deletedAt, life.goneAt, life.failedAt].some((at) => at !== undefined && at <= version);

/** Children enrich their parents, and a preview that never was ready never ran. */
export const isChild = ({ parentName }: Life): boolean => parentName !== undefined;
export const isSession = (life: Life, version: EpochMs): boolean =>
  !isChild(life) && (life.kind !== "PreviewSession" || (life.connectedAt ?? Number.POSITIVE_INFINITY) <= version);

/** Notes what an observation shows of an object. */
export const learn = (world: World, objects: Map<string, Known>, sight: Sight, now: EpochMs): Known => {
  const { life, version, isFresh, isGone } = sight;
  const before = objects.get(life.uid);
  const activity = activityAt(world, life, version);
  const isClosed = isGone || isClosedAt(life, version);
  if (before === undefined) {
    const known: Known = {
      life,
      version,
      isWatched: isFresh && activity === version,
      firstShownAt: now,
      confirmedAt: version,
      isShownHere: true,
      is: isClosed ? "closed" : "live",
      isEndVague: isGone && !isFresh,
      reported: "nothing",
      dueAt: undefined,
    };
    objects.set(life.uid, known);
    return known;
  }
  const isNewer = activity !== undefined && activity > (activityAt(world, life, before.version) ?? 0);
  if (isNewer) before.isWatched = isFresh && activity === version;
  if (!isSession(life, before.version) && isSession(life, version)) before.firstShownAt = now;
  if (isGone && before.is !== "closed") before.isEndVague = !isFresh;
  if (before.is !== "closed") before.is = isClosed ? "closed" : "live";
  if (!isGone) before.confirmedAt = Math.max(before.confirmedAt, version);
  before.version = Math.max(before.version, version);
  before.isShownHere = true;
  return before;
};

import { type EpochMs, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { type KindKnown, type Knowledge, type Known, learn } from "./knowledge.ts";
import type { Shown } from "./watching.ts";
import type { World } from "./world.ts";

/** A kind that was listed before counts as empty after this time of 404. */
export const MISSING_MS = 5 * MINUTE_MS;
/** A 404 is repeated every few seconds. */
const REPEATED_MS = 6 * SECOND_MS;

/** A kind is known completely; "maybe" where the design leaves it open. */
export const isComplete = (known: KindKnown, now: EpochMs): boolean | "maybe" => {
  if (known.isListed) return true;
  if (known.missingSince === undefined && known.missingAtLeastSince === undefined) return false;
  if (!known.wasEverListed) return true;
  return countsAsEmpty(known, now);
};

/** A kind that was listed counts as empty once its 404 has lasted long enough. */
export const countsAsEmpty = ({ missingSince, missingAtLeastSince }: KindKnown, now: EpochMs): boolean | "maybe" => {
  if (missingSince !== undefined && now - missingSince > MISSING_MS + REPEATED_MS) return true;
  return missingAtLeastSince !== undefined && now - missingAtLeastSince >= MISSING_MS ? "maybe" : false;
};

/** Notes what an observation shows. Returns the objects that it shows. */
export const learnFrom = (
  world: World,
  { objects, kinds }: Knowledge,
  { now, observation, sights }: Shown,
): readonly Known[] => {
  if (!("kind" in observation)) return [];
  const kind = kinds[observation.kind];
  if (observation.type === "lost") {
    kind.missingSince = kind.inSightSince = undefined;
    return [];
  }
  if (observation.type === "missing") {
    kind.missingSince ??= now;
    kind.missingAtLeastSince ??= now;
    kind.inSightSince = undefined;
    // Until a 404 counts, nothing is known of the kind.
    const isEmpty = kind.wasEverListed ? countsAsEmpty(kind, now) : true;
    if (isEmpty !== false) kind.observedAt = now;
    if (isEmpty === true) kind.currentAt = now;
    return [];
  }
  kind.observedAt = now;
  kind.inSightSince ??= now;
  kind.missingSince = kind.missingAtLeastSince = undefined;
  const shown = sights.map((sight) => learn(world, objects, sight, now));
  if (observation.type === "current") {
    kind.currentAt = now;
    for (const known of objects.values())
      if (known.life.kind === observation.kind && known.is === "live") known.confirmedAt = now;
  }
  if (observation.type !== "listed") return shown;
  Object.assign(kind, { isListed: true, wasEverListed: true, currentAt: now });
  const listed = new Set(sights.map(({ life }) => life.uid));
  for (const known of objects.values())
    if (known.life.kind === observation.kind && known.is === "live" && !listed.has(known.life.uid)) known.is = "absent";
  return shown;
};

import { type EpochMs, formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import type { Known } from "./knowledge.ts";
import type { Life } from "./lives.ts";
import { activityAt } from "./objects.ts";
import type { World } from "./world.ts";

/** Whole seconds of objects, half a second in the measured offset, a second until a change is seen. */
export const ROUNDING_MS = 2.5 * SECOND_MS;

/** How wrong a time of the operator is that the agent converts: it measures the clock of the API server alone. */
export const skewMs = ({ history }: World): number => Math.abs(history.operatorClockMs);

/** A time in complaints. */
export const clock = (at: EpochMs): string => (Math.abs(at) < 4e12 ? formatTime(at) : String(at));

export type Window = { from: EpochMs; to: EpochMs };

const around = (at: EpochMs, toleranceMs: number): Window => ({ from: at - toleranceMs, to: at + toleranceMs });

/** When a session starts, by what its object says. */
export const startWindow = (world: World, life: Life): Window =>
  life.kind === "PreviewSession"
    ? around(life.connectedAt ?? life.createdAt, ROUNDING_MS + skewMs(world))
    : around(life.createdAt, ROUNDING_MS);

/** When a preview expires, by the agent's reckoning. */
export const expiryWindow = (world: World, life: Life): Window =>
  around(life.expiresAt ?? Number.POSITIVE_INFINITY, ROUNDING_MS + skewMs(world));

/** When a session ended, by the newest that the agent was shown of it. */
export const endWindow = (world: World, known: Known, now: EpochMs, isInferred: boolean): Window => {
  const { life, version, isWatched } = known;
  if (life.kind === "PreviewSession") return previewEndWindow(world, known, now, isInferred);
  const activity = activityAt(world, life, version);
  if (activity === undefined) return around(life.createdAt, ROUNDING_MS);
  return around(activity, ROUNDING_MS + (isWatched ? 0 : skewMs(world)));
};

const previewEndWindow = (world: World, known: Known, now: EpochMs, isInferred: boolean): Window => {
  const { life, version, confirmedAt } = known;
  const skew = skewMs(world);
  const expiry = life.expiresAt !== undefined && life.expiresAt <= now + skew + ROUNDING_MS ? [life.expiresAt] : [];
  // Nobody saw it end: it ran as long as the agent knows that it was there, and not a minute more.
  if (isInferred)
    return {
      from: Math.min(confirmedAt, ...expiry) - ROUNDING_MS - skew,
      to: (life.endsAt ?? Number.POSITIVE_INFINITY) + 2 * ROUNDING_MS + skew,
    };
  const shown = [life.failedAt, life.deletedAt].filter((at) => at !== undefined && at <= version) as EpochMs[];
  const ends = [...expiry, ...shown];
  const gone = life.goneAt !== undefined && life.goneAt <= version ? life.goneAt : undefined;
  if (gone === undefined || shown.length > 0) return around(Math.min(...ends), ROUNDING_MS + skew);
  // Its last state says nothing of a deletion. If the event is from a time without a watch, it ended any time in between.
  return known.isEndVague
    ? { from: Math.min(confirmedAt, ...ends) - ROUNDING_MS - skew, to: Math.min(now, ...ends) + ROUNDING_MS + skew }
    : around(Math.min(gone, ...ends), ROUNDING_MS + skew);
};

import type { EpochMs } from "../contract/time.ts";
import type { LicenseHolding } from "../licensing/license-source.ts";
import { watchLicense } from "../licensing/watch.ts";
import type { Logger } from "../telemetry/logger.ts";
import { conditionNotices } from "./condition-notices.ts";
import { conditionsOf, type Lateness } from "./conditions.ts";
import { noticesDue } from "./due.ts";
import { type Given, giveNotices } from "./give.ts";
import type { Notify } from "./notifier.ts";
import { forgetEnded, noteConditions } from "./open-conditions.ts";
import { readWatched, type WatchedDeps } from "./read-watched.ts";
import { watchedMetrics } from "./watched-metrics.ts";

export type WatchDeps = WatchedDeps & {
  notify: Notify;
  clock: () => EpochMs;
  /** How late the jobs are; undefined if conditions are not reported. */
  lateness: Lateness | undefined;
};

/**
 * One run: gives every notice that is due, and notices of conditions that began or ended. Throws if a notice could not be given, so that the run is tried again soon.
 * Notices that were given are not repeated.
 */
export const watch = async (
  deps: WatchDeps,
  holding: LicenseHolding,
  { now, deadline, log }: { now: EpochMs; deadline: EpochMs; log: Logger },
): Promise<Given> => {
  const watched = await readWatched(deps, holding.kind === "held" ? holding.license : undefined, now);
  log.measure("watched", watchedMetrics(watched, now));
  const { table, lateness } = deps;
  const open = lateness && (await noteConditions(table, conditionsOf(watched, holding, lateness, now), now));
  const given = await giveNotices(
    {
      ...{ table, notify: deps.notify, log },
      onGiven: ({ kind }) => {
        if (kind === "license.logged") watchLicense(holding, now, log);
      },
    },
    [...noticesDue(watched, now), ...conditionNotices(open ?? [])],
    { now, deadline, clock: deps.clock },
  );
  if (given.failed > 0) throw new Error(`some notices were not given: ${JSON.stringify(given)}`);
  await forgetEnded(table, open ?? []);
  return given;
};

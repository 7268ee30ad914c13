import type { EpochMs } from "../contract/time.ts";
import type { LicenseHolding } from "../licensing/license-source.ts";
import { watchLicense } from "../licensing/watch.ts";
import type { Logger } from "../telemetry/logger.ts";
import { noticesDue } from "./due.ts";
import { type Given, giveNotices } from "./give.ts";
import type { Notify } from "./notifier.ts";
import { readWatched, type WatchedDeps } from "./read-watched.ts";
import { watchedMetrics } from "./watched-metrics.ts";

export type WatchDeps = WatchedDeps & { notify: Notify; clock: () => EpochMs };

/**
 * One run: gives every notice that is due. Throws if a notice could not be given, so that the run is tried again soon.
 * Notices that were given are not repeated.
 */
export const watch = async (
  deps: WatchDeps,
  holding: LicenseHolding,
  { now, deadline, log }: { now: EpochMs; deadline: EpochMs; log: Logger },
): Promise<Given> => {
  const watched = await readWatched(deps, holding.kind === "held" ? holding.license : undefined, now);
  log.measure("watched", watchedMetrics(watched, now));
  const given = await giveNotices(
    {
      ...{ table: deps.table, notify: deps.notify, log },
      onGiven: ({ kind }) => {
        if (kind === "license.logged") watchLicense(holding, now, log);
      },
    },
    noticesDue(watched, now),
    { now, deadline, clock: deps.clock },
  );
  if (given.failed > 0) throw new Error(`some notices were not given: ${JSON.stringify(given)}`);
  return given;
};

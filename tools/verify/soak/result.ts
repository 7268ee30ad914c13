import { SECOND_MS } from "../../../shared/contract/time.ts";
import { FIRST_RUN_MS } from "../../local/schedule.ts";
import { type Growth, growthOf, isGrowth, type Tolerance } from "./growth.ts";
import type { Sample } from "./sampler.ts";

export type Series = ({ at: number } & Sample)[];

type Watched = {
  name: keyof Sample;
  what: string;
  /** Undefined: it grows with the stored data, and is only reported. */
  tolerance: Tolerance | undefined;
};

const WATCHED: readonly Watched[] = [
  { name: "serverHeapMb", what: "server's heap in use, MiB", tolerance: { most: 3, perMinute: 0.25 } },
  { name: "serverExternalMb", what: "server's buffers, MiB", tolerance: { most: 3, perMinute: 0.25 } },
  { name: "serverResources", what: "server's timers, sockets", tolerance: { most: 40, perMinute: 1 } },
  // V8 uses more memory the longer it is busy, and frees it late.
  { name: "serverRssMb", what: "server's memory, MiB", tolerance: { most: 96, perMinute: 2 } },
  { name: "serverHandles", what: "server's open handles", tolerance: { most: 12, perMinute: 0.5 } },
  { name: "serverThreads", what: "server's threads", tolerance: { most: 2, perMinute: 0.1 } },
  // SQLite keeps pages up to a size, and the table grows.
  { name: "engineRssMb", what: "engine's memory, MiB", tolerance: { most: 48, perMinute: 2 } },
  { name: "engineHandles", what: "engine's open handles", tolerance: { most: 12, perMinute: 0.5 } },
  { name: "databaseMb", what: "database, MiB", tolerance: undefined },
];

/** During the warm-up, caches fill, code is compiled and the heap gets its size. */
const WARM_UP_SHARE = 0.25;
const WARM_UP_MIN_SECONDS = 15;
/** The first run of the jobs loads code and opens connections, which is one step. A longer soak counts from after it. */
const JOBS_HAVE_RUN_SECONDS = FIRST_RUN_MS / SECOND_MS + 30;
const FEWEST_SAMPLES = 12;

/** What has grown, one line each. Too few samples are also a fault. */
export const growthFaults = (series: Series): string[] => {
  const warm = warmed(series);
  if (warm.length < FEWEST_SAMPLES) return [`only ${warm.length} samples after the warm-up: too few`];
  const warmMinutes = ((warm.at(-1)?.at ?? 0) - (warm[0]?.at ?? 0)) / 60;
  return WATCHED.flatMap((watched) => {
    const growth = growthIn(warm, watched);
    if (growth === undefined || watched.tolerance === undefined) return [];
    return isGrowth(growth, warmMinutes, watched.tolerance) ? [`${watched.what}: ${shown(growth)}`] : [];
  });
};

/** A line for each watched quantity. */
export const formatGrowth = (series: Series): string[] => {
  const warm = warmed(series);
  return WATCHED.map((watched) => {
    const growth = growthIn(warm, watched);
    return `  ${watched.what.padEnd(26)} ${growth === undefined ? "not available on this system" : shown(growth)}`;
  });
};

const warmed = (series: Series): Series => {
  const end = series.at(-1)?.at ?? 0;
  const least = end * SECOND_MS > FIRST_RUN_MS ? JOBS_HAVE_RUN_SECONDS : WARM_UP_MIN_SECONDS;
  const from = Math.max(end * WARM_UP_SHARE, least);
  return series.filter(({ at }) => at >= from);
};

const growthIn = (warm: Series, { name }: Watched): Growth | undefined => {
  const points = warm.flatMap(({ at, [name]: value }) => (value === undefined ? [] : [{ at, value }]));
  return points.length === 0 ? undefined : growthOf(points);
};

const shown = ({ perMinute, first, last }: Growth): string =>
  `${first.toFixed(1)} at first, ${last.toFixed(1)} at last, ${perMinute >= 0 ? "+" : ""}${perMinute.toFixed(2)} a minute`;

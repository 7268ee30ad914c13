import { type EpochMs, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { describeKube, type Kube, type KubeOutcome } from "../kube/kube.ts";
import { KINDS, type Kind, type Observation } from "../sessions/types.ts";
import type { Jitter } from "../wire/backoff.ts";
import type { Clock } from "../wire/clock.ts";
import { follow, noteGeneration } from "./follow.ts";
import { listAll } from "./list.ts";
import type { ClockOffset } from "./offset.ts";
import { RESOURCES } from "./resources.ts";

/** How long the watches wait, in milliseconds. */
export type WatchWaits = {
  /** Between two looks whether a kind that is not installed has appeared. */
  missingMs: number;
  /** After the first failure; doubled after each further one. */
  retryMs: number;
  longestRetryMs: number;
  /** How long the API server keeps one watch open. Its end shows that a kind without changes is up to date. */
  openMs: number;
  /** A watch that sends nothing for this long counts as broken: longer than it is open. */
  silenceMs: number;
  /** Between two reads of a watch, so that many small chunks are read together. */
  gatherMs: number;
  /** After an interruption longer than this, the events that come at once are from the past. */
  lateGapMs: number;
  /** How long the events of the past take to arrive. */
  lateMs: number;
};

export const WATCH_WAITS: WatchWaits = {
  missingMs: 15 * SECOND_MS,
  retryMs: SECOND_MS,
  longestRetryMs: 30 * SECOND_MS,
  openMs: MINUTE_MS,
  silenceMs: 150 * SECOND_MS,
  gatherMs: 250,
  lateGapMs: 2 * SECOND_MS,
  lateMs: SECOND_MS,
};

export type WatchOptions = {
  kube: Kube;
  clock: Clock;
  random: Jitter;
  offset: ClockOffset;
  observe: (observation: Observation) => void;
  /** A trouble of this key begins, or lasts, with this text; undefined: it is over, or there is none. */
  trouble: (key: string, text: string | undefined) => void;
  /** Aborted when the agent stops. */
  signal: AbortSignal;
  waits?: WatchWaits;
  /** Objects per page of a list. */
  pageSize?: number;
};

const PAGE_SIZE = 500;
/** The trouble that all kinds share: no answer arrives. */
const UNREACHABLE = "api-server";

/** Observes all kinds until the signal is aborted. */
export const watchAll = async (options: WatchOptions): Promise<void> => {
  // A multi-cluster session over at its first sight learns its kind from its child, so the children are listed first.
  const sessions = Promise.withResolvers<void>();
  await Promise.all(
    KINDS.map(async (kind) => {
      if (kind === "MirrordMultiClusterSession") await sessions.promise;
      await watchKind(kind, options, kind === "MirrordClusterSession" ? sessions.resolve : () => {});
    }),
  );
};

/** `onFirst` is called after the first attempt to list the kind. */
const watchKind = async (kind: Kind, options: WatchOptions, onFirst: () => void): Promise<void> => {
  const { kube, clock, random, observe, signal, waits = WATCH_WAITS, pageSize = PAGE_SIZE } = options;
  const { path } = RESOURCES[kind];
  const { now } = clock;
  const report = troubleOf(kind, options);
  const measure = (date: EpochMs | undefined, sentAt: EpochMs): void => {
    const offsetMs = options.offset.measure(date, sentAt, now());
    if (offsetMs !== undefined) observe({ at: now(), type: "offset", offsetMs });
  };
  let failures = 0;

  const pause = async (outcome: KubeOutcome): Promise<void> => {
    observe({ at: now(), type: "lost", kind });
    report(outcome);
    const limit = Math.min(waits.longestRetryMs, waits.retryMs * 2 ** Math.min(failures, 10));
    failures += 1;
    await clock.sleep(limit * (0.5 + random.next() / 2), signal);
  };

  /** Watches from a list on, through as many watches as it takes. Returns when a new list is necessary. */
  const keepFollowing = async (from: string, generations: Map<string, string>): Promise<void> => {
    let resourceVersion = from;
    let seenAt = now();
    while (!signal.aborted) {
      const openedAt = now();
      const isLate = openedAt - seenAt > waits.lateGapMs;
      const end = await follow({
        ...{ kube, kind, path, resourceVersion, generations, now, observe, signal },
        ...{ openMs: waits.openMs, silenceMs: waits.silenceMs, gatherMs: waits.gatherMs },
        lateMs: isLate ? waits.lateMs : 0,
        onOpen: (date, sentAt) => {
          failures = 0;
          report(undefined);
          measure(date, sentAt);
        },
      });
      if (end.kind === "expired" || signal.aborted) return;
      resourceVersion = end.resourceVersion;
      if (end.kind === "ended") {
        ({ seenAt } = end);
        // A watch that ends at once, again and again, must not keep the API server busy.
        if (now() - openedAt < waits.retryMs) await clock.sleep(waits.retryMs, signal);
      } else {
        await pause(end.outcome);
        // An answer, such as a 403 or 404, says that something is different; only a new list shows what.
        if (end.outcome.kind === "answer") return;
      }
    }
  };

  while (!signal.aborted) {
    const listing = await listAll({ kube, path, pageSize, now, onAnswer: measure, signal });
    if (signal.aborted) return;
    if (listing.kind === "failed") {
      await Promise.all([pause(listing.outcome), onFirst()]);
      continue;
    }
    failures = 0;
    report(undefined);
    if (listing.kind === "missing") {
      observe({ at: now(), type: "missing", kind });
      onFirst();
      await clock.sleep(waits.missingMs, signal);
      continue;
    }
    const generations = new Map<string, string>();
    for (const object of listing.objects) noteGeneration(kind, object, generations);
    observe({ at: now(), type: "listed", kind, objects: listing.objects });
    onFirst();
    const listedAt = now();
    await keepFollowing(listing.resourceVersion, generations);
    // An API server that refuses each version right after its list must not be asked for lists without a pause.
    if (now() - listedAt < waits.retryMs) await clock.sleep(waits.retryMs, signal);
  }
};

/** Reports a failure as the trouble it is, and what is over with an answer: undefined is a success. */
const troubleOf = (kind: Kind, { trouble }: WatchOptions) => {
  const key = `watch ${kind}`;
  return (outcome: KubeOutcome | undefined): void => {
    if (outcome === undefined) {
      trouble(UNREACHABLE, undefined);
      trouble(key, undefined);
    } else if (outcome.kind === "lost") {
      trouble(
        UNREACHABLE,
        `The Kubernetes API server cannot be reached: ${outcome.detail}. The last known sessions are kept.`,
      );
    } else {
      trouble(UNREACHABLE, undefined);
      trouble(key, `${kind} objects cannot be read: ${describeKube(outcome)}. ${adviceFor(outcome.status, kind)}`);
    }
  };
};

const adviceFor = (status: number, kind: Kind): string => {
  if (status === 403) return `Grant get, list and watch on ${RESOURCES[kind].name}. The last known sessions are kept.`;
  if (status === 401) return "Check the agent's credentials for the cluster. The last known sessions are kept.";
  return "The agent retries. The last known sessions are kept.";
};

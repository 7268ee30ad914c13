import type { Authority } from "../../../agent/kube/authority.ts";
import { createKube, type Kube } from "../../../agent/kube/kube.ts";
import { createSessions } from "../../../agent/sessions/machine.ts";
import type { Changes, Observation } from "../../../agent/sessions/types.ts";
import { createClockOffset } from "../../../agent/watch/offset.ts";
import { type WatchWaits, watchAll } from "../../../agent/watch/watch.ts";
import { systemClock } from "../../../agent/wire/clock.ts";
import type { ApiServer } from "./api-server.ts";

/** Waits that let a test see in milliseconds what takes minutes in a cluster. */
export const SHORT_WAITS: WatchWaits = {
  missingMs: 5,
  retryMs: 2,
  longestRetryMs: 10,
  openMs: 60_000,
  silenceMs: 60_000,
  gatherMs: 1,
  lateGapMs: 60_000,
  lateMs: 0,
};

export const kubeOf = (url: string, timeoutMs = 5_000): Kube => {
  const authority: Authority = { server: url, apply: async () => {} };
  return createKube({ authority, timeoutMs });
};

type WatchingOptions = { waits?: Partial<WatchWaits>; pageSize?: number; timeoutMs?: number };

/** The watches and the state machine on a small API server. */
export const startWatching = (server: ApiServer, { waits, pageSize, timeoutMs }: WatchingOptions = {}) => {
  const sessions = createSessions({ instanceId: "cluster-1" });
  const stopping = new AbortController();
  const observations: Observation[] = [];
  const events: string[] = [];
  const troubles = new Map<string, string>();
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const check of waiting) check();
  };
  const note = ({ started, ended }: Changes): void => {
    events.push(...started.map(({ session_id }) => `start ${session_id}`));
    events.push(...ended.map(({ session_id, inferred }) => `${inferred === true ? "inferred" : "end"} ${session_id}`));
  };
  const running = watchAll({
    kube: kubeOf(server.url, timeoutMs),
    clock: systemClock,
    random: { next: () => 0 },
    offset: createClockOffset(),
    observe: (observation) => {
      observations.push(observation);
      note(sessions.observe(observation));
      wake();
    },
    trouble: (key, text) => {
      const before = troubles.get(key);
      if (text === undefined) troubles.delete(key);
      else troubles.set(key, text);
      if (before === undefined && text !== undefined) told.push(text);
      if (before !== undefined && text === undefined) told.push(`Over: ${before}`);
      wake();
    },
    signal: stopping.signal,
    waits: { ...SHORT_WAITS, ...waits },
    ...(pageSize === undefined ? {} : { pageSize }),
  });
  return {
    sessions,
    observations,
    /** Starts and ends, in order. */
    events,
    /** Each trouble once when it began, and once when it was over. */
    told,
    live: () => sessions.view().list,
    /** Resolves when the condition holds; it is judged after every observation. */
    until: (condition: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
};

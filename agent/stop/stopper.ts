import type { StopOutcome } from "../../shared/contract/requests.ts";
import { type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import type { Kube } from "../kube/kube.ts";
import { clean } from "../sessions/texts.ts";
import type { Sessions } from "../sessions/types.ts";
import { attemptStop, type StopResult } from "./attempt.ts";

/** How long the stopper waits before it asks again, in milliseconds. Each wait is twice the one before, up to the longest. */
export type StopWaits = {
  afterFailureMs: number;
  /** The operator closes a session some time after a request. */
  afterRequestMs: number;
  longestMs: number;
};

export const STOP_WAITS: StopWaits = {
  afterFailureMs: 10 * SECOND_MS,
  afterRequestMs: MINUTE_MS,
  longestMs: HOUR_MS,
};

/** An entry of a heartbeat's `stopped`. */
export type Stopped = { session_id: string; outcome: StopOutcome; detail?: string };

export type StopperOptions = {
  kube: Kube;
  sessions: Pick<Sessions, "stopTarget">;
  killsPreviews: boolean;
  now: () => EpochMs;
  /** What became of a request, for the next heartbeat. */
  onOutcome: (stopped: Stopped) => void;
  /** A trouble of this key begins, or lasts, with this text; undefined: it is over. */
  trouble: (key: string, text: string | undefined) => void;
  waits?: StopWaits;
};

export type Stopper = {
  /**
   * Asks the cluster to stop these sessions, as an answer to a heartbeat lists them. Those that are not live, or that were
   * asked for a short time ago, are left out. A session that is no longer listed is forgotten, so that a later request for it
   * is carried out at once. Resolves when all requests are answered.
   */
  stop(sessionIds: readonly string[]): Promise<void>;
};

const AT_ONCE = 5;
const MAX_DETAIL = 1_024;

const TROUBLES: Readonly<Record<Exclude<StopOutcome, "requested">, string>> = {
  unsupported: "Sessions cannot be stopped",
  forbidden: "Sessions must not be stopped by this agent",
  failed: "A request to stop a session failed",
};

export const createStopper = (options: StopperOptions): Stopper => {
  const { kube, sessions, killsPreviews, now, waits = STOP_WAITS } = options;
  const asked = new Map<string, { attempts: number; since: EpochMs; waitMs: number }>();
  const busy = new Set<string>();

  const note = (sessionId: string, { outcome, detail }: StopResult): void => {
    const attempts = (asked.get(sessionId)?.attempts ?? 0) + 1;
    const first = outcome === "requested" ? waits.afterRequestMs : waits.afterFailureMs;
    const waitMs = Math.min(waits.longestMs, first * 2 ** Math.min(attempts - 1, 20));
    asked.set(sessionId, { attempts, since: now(), waitMs });
    const text = clean(detail, MAX_DETAIL);
    options.onOutcome({ session_id: sessionId, outcome, ...(text === undefined ? {} : { detail: text }) });
    if (outcome === "requested") {
      for (const cause of Object.keys(TROUBLES)) options.trouble(`stop ${cause}`, undefined);
    } else {
      options.trouble(`stop ${outcome}`, `${TROUBLES[outcome]}: ${text ?? "no reason is known"}`);
    }
  };

  const isDue = (sessionId: string): boolean => {
    const last = asked.get(sessionId);
    if (last === undefined) return !busy.has(sessionId);
    const passedMs = now() - last.since;
    // Below 0 the clock was set back, and says nothing of how long it is.
    return !busy.has(sessionId) && (passedMs >= last.waitMs || passedMs < 0);
  };

  return {
    stop: async (sessionIds) => {
      const listed = new Set(sessionIds);
      for (const sessionId of asked.keys()) if (!listed.has(sessionId)) asked.delete(sessionId);
      const due = [...listed].filter(isDue);
      for (const id of due) busy.add(id);
      const queue = due.values();
      const worker = async (): Promise<void> => {
        for (const id of queue) {
          const target = sessions.stopTarget(id);
          if (target !== undefined) note(id, await attemptStop(kube, target, killsPreviews));
          busy.delete(id);
        }
      };
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, due.length) }, worker));
    },
  };
};

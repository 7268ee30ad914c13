import type { EpochMs } from "../../shared/contract/time.ts";
import { beat } from "./beat.ts";
import { canBeat } from "./dialect.ts";
import { register } from "./register.ts";
import type { LoopDependencies, LoopState } from "./types.ts";

/** `wait`: nothing is due for so many milliseconds. `superseded`: another process took over. */
export type Step = { kind: "wait"; ms: number } | { kind: "superseded" };

export type Loop = {
  /** An event waits, or a complete list has become known: a heartbeat is due soon. */
  wake(): void;
  /** Does what is due now. */
  step(): Promise<Step>;
  /**
   * Does what is due until the signal is aborted, or another process takes over. `onLook` is called before each wait, with its
   * milliseconds.
   */
  run(signal: AbortSignal, onLook?: (nextMs: number) => void): Promise<"stopped" | "superseded">;
  /** Sends what waits, without its usual pauses, until nothing does, the server decides nothing, or the time is over. */
  drain(): Promise<void>;
};

/** Registers with the license server and sends heartbeats. One call at a time. */
export const createLoop = (dependencies: LoopDependencies): Loop => {
  const { clock, waits, outbox, sessions, credential, troubles, log } = dependencies;
  const state: LoopState = {
    dialect: "unknown",
    seq: undefined,
    hasJumped: false,
    hasLicense: true,
    fingerprint: undefined,
    intervalMs: waits.beatMs,
    failures: 0,
    hasAlternated: false,
    refusedVersion: undefined,
    pausedUntil: 0,
    registerAt: clock.now(),
    beatAt: clock.now(),
    lastBeatAt: 0,
    isWanted: false,
    isSuperseded: false,
  };
  let wakeUp: () => void = () => {};

  /** The end of the pause, if there is one. Ends it early if a refused credential was replaced. */
  const pausedUntil = (now: EpochMs): EpochMs | undefined => {
    if (state.pausedUntil <= now) return undefined;
    if (state.refusedVersion === undefined) return state.pausedUntil;
    credential.reload();
    if (credential.version() !== state.refusedVersion) return undefined;
    return Math.min(state.pausedUntil, now + waits.credentialFileMs);
  };

  const beatDue = (): EpochMs =>
    state.seq === undefined || !canBeat(state.dialect, sessions.view().list) ? Number.POSITIVE_INFINITY : state.beatAt;

  const step = async (): Promise<Step> => {
    const now = clock.now();
    const until = pausedUntil(now);
    if (until !== undefined) return { kind: "wait", ms: until - now };
    if (state.registerAt <= now) await register(dependencies, state);
    else if (state.seq !== undefined && beatDue() <= now) await beat(dependencies, state, state.seq + 1);
    if (state.isSuperseded) return { kind: "superseded" };
    const after = clock.now();
    const next = Math.min(state.registerAt, beatDue(), after + waits.beatMs);
    return { kind: "wait", ms: Math.max(after, pausedUntil(after) ?? next, 0) - after };
  };

  const drain = async (): Promise<void> => {
    const end = clock.now() + waits.drainMs;
    let left = Number.POSITIVE_INFINITY;
    while (state.seq !== undefined && outbox.size() > 0 && outbox.size() < left && clock.now() < end) {
      if (state.pausedUntil > clock.now() || !canBeat(state.dialect, sessions.view().list)) break;
      left = outbox.size();
      await beat(dependencies, state, state.seq + 1);
    }
    if (outbox.size() > 0) log.warn("Events wait for the next start of the agent", { events: outbox.size() });
  };

  return {
    wake: () => {
      state.isWanted = true;
      state.beatAt = Math.min(
        state.beatAt,
        Math.max(clock.now() + waits.gatherMs, state.lastBeatAt + waits.betweenBeatsMs),
      );
      wakeUp();
    },
    step,
    run: async (signal, onLook = () => {}) => {
      signal.addEventListener("abort", () => wakeUp(), { once: true });
      while (!signal.aborted) {
        const result = await step();
        if (result.kind === "superseded") {
          troubles.over("seq");
          return "superseded";
        }
        onLook(result.ms);
        const woken = new AbortController();
        wakeUp = () => woken.abort();
        if (!signal.aborted) await clock.sleep(result.ms, woken.signal);
      }
      return "stopped";
    },
    drain,
  };
};

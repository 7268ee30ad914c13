import { setTimeout as delay } from "node:timers/promises";
import type { Daemon } from "../../cluster/daemon.ts";
import type { Random } from "../../simulate/random.ts";

/** What is killed, and for how long it may be away. */
export type Victim = { name: string; daemon: Daemon; longestAwaySeconds: number };

export type Kill = { name: string; at: number; awaySeconds: number; signal: NodeJS.Signals };

export type ChaosOptions = {
  random: Random;
  /** A victim is killed about once in this time, in seconds. */
  everySeconds: number;
  signal: AbortSignal;
  onKill: (kill: Kill) => void;
};

/** Kills each victim again and again, and starts it again, until the signal aborts. Then everything runs. Returns the kills. */
export const killAtRandom = async (victims: readonly Victim[], options: ChaosOptions): Promise<Kill[]> => {
  const { random, everySeconds, signal, onKill } = options;
  const kills: Kill[] = [];
  const haunt = async ({ name, daemon, longestAwaySeconds }: Victim): Promise<void> => {
    for (;;) {
      await pause(everySeconds * (0.6 + 0.8 * random.next()), signal);
      if (signal.aborted) return;
      const kill: Kill = {
        name,
        at: Date.now(),
        awaySeconds: random.chance(0.3) ? 0 : random.integer(1, longestAwaySeconds),
        signal: random.chance(0.7) ? "SIGKILL" : "SIGTERM",
      };
      kills.push(kill);
      onKill(kill);
      await daemon.stop(kill.signal);
      await pause(kill.awaySeconds, signal);
      await daemon.start().catch(giveUp);
    }
  };
  await Promise.all(victims.map(haunt));
  return kills;
};

// Without it nothing can be compared any more, and the sessions of the play would wait for it for ever.
const giveUp = (error: Error): never => {
  console.error(`verify-cluster: ${error.message}`);
  process.exit(1);
};

const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  delay(seconds * 1_000, undefined, { signal }).catch(() => undefined);

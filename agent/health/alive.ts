import type { EpochMs } from "../../shared/contract/time.ts";

/** Whether the agent's loops are alive: each promises when it will be heard of again. */
export type Alive = {
  /** The loop is alive, and will be heard of again within so many milliseconds. */
  within(loop: string, ms: number): void;
  /** The loop is over, as it should be. */
  done(loop: string): void;
  /** The loops that broke their promise. */
  late(): string[];
};

/** `graceMs` is added to each promise: a process that has little processor time is not dead. */
export const createAlive = (now: () => EpochMs, graceMs: number): Alive => {
  const promises = new Map<string, EpochMs>();
  return {
    within: (loop, ms) => void promises.set(loop, now() + ms + graceMs),
    done: (loop) => void promises.delete(loop),
    late: () => [...promises].filter(([, at]) => at < now()).map(([loop]) => loop),
  };
};

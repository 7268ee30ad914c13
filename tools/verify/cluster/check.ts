import { setTimeout as delay } from "node:timers/promises";

export type Size = {
  users: number;
  ciRunners: number;
  sessions: number;
  durationSeconds: number;
  minLengthSeconds: number;
  maxLengthSeconds: number;
  restarts: number;
  unusedSeconds: number;
  keepSeconds: number;
  killEverySeconds: number;
  beatSeconds: number;
};

/** What every part of the check gets. */
export type Check = {
  programs: string;
  seed: string;
  size: Size;
  say(line: string): void;
  /** Something is not as it must be. The check goes on, and fails at its end. */
  fault(line: string): void;
};

const POLL_MS = 500;

/** Asks until the answer is empty, and returns the last answer. An exception counts as one line of the answer. */
export const untilEmpty = async (ask: () => Promise<string[]>, seconds: number): Promise<string[]> => {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await ask().catch((error: Error) => [error.message]);
    if (found.length === 0 || performance.now() > deadline) return found;
    await delay(POLL_MS);
  }
};

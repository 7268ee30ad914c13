import type { Random } from "./random.ts";

/** The faults of a real network and of real queues, dosed by one probability. None of them may change what adds up. */
export type Chaos = {
  /** How many heartbeats an event is held back for: 0 is at once. */
  delayBeats(): number;
  /** Whether an event that was acknowledged is sent once more. */
  repeats(): boolean;
  /** Whether an event stands twice in the same heartbeat. */
  doubles(): boolean;
  order<T>(events: readonly T[]): T[];
};

export const createChaos = (probability: number, random: Random): Chaos => ({
  delayBeats: () => (random.chance(probability) ? random.integer(1, 3) : 0),
  repeats: () => random.chance(probability),
  doubles: () => random.chance(probability / 2),
  order: (events) => (random.chance(probability) ? random.shuffle(events) : [...events]),
});

/** No faults at all. */
export const calm: Chaos = {
  delayBeats: () => 0,
  repeats: () => false,
  doubles: () => false,
  order: (events) => [...events],
};

/**
 * A fetch whose answers get lost: the request is sent and served, then its answer is thrown away, as when a connection
 * breaks. Calls that change nothing (GET) are spared.
 */
export const losingAnswers = (inner: typeof fetch, probability: number, random: Random): typeof fetch =>
  probability === 0
    ? inner
    : async (input, init) => {
        const answer = await inner(input, init);
        if (init?.method !== "POST" || !random.chance(probability)) return answer;
        await answer.arrayBuffer();
        throw new Error("the answer was dropped on purpose (--chaos)");
      };

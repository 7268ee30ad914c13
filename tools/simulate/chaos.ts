import type { Delivery } from "../../agent/wire/outbox.ts";
import type { Random } from "./random.ts";

/** The faults of real networks and queues, each with one probability. None of them may change the sums. */
export const createChaos = (probability: number, random: Random): Delivery => ({
  delayBeats: () => (random.chance(probability) ? random.integer(1, 3) : 0),
  repeats: () => random.chance(probability),
  doubles: () => random.chance(probability / 2),
  order: (events) => (random.chance(probability) ? random.shuffle(events) : [...events]),
});

/**
 * A fetch that loses answers: the server gets the request, then the answer is dropped, as when a connection breaks. Only
 * answers to POST are lost.
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

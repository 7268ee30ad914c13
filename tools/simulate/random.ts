import { createHash } from "node:crypto";

/** Pseudo-random choices that depend on the seed only. Not for secrets. */
export type Random = {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [min, max]. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** The same elements in random order. */
  shuffle<T>(list: readonly T[]): T[];
  /** A time span whose logarithm is normally distributed: most near the median, a few much longer. */
  logNormal(median: number, sigma: number): number;
};

/**
 * A generator with a seed (sfc32, of PractRand). Use a seed of its own for each purpose (`${seed}/people/7`), so that the draws
 * of one part never change those of another.
 */
export const createRandom = (seed: string): Random => {
  const next = sfc32(seed);
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (list) => {
      const index = integer(0, list.length - 1);
      if (index < 0) throw new RangeError("nothing to pick from");
      return list[index] as (typeof list)[number];
    },
    shuffle: (list) => {
      const shuffled = [...list];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = integer(0, last);
        [shuffled[last], shuffled[other]] = [
          shuffled[other] as (typeof list)[number],
          shuffled[last] as (typeof list)[number],
        ];
      }
      return shuffled;
    },
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
  };
};

const sfc32 = (seed: string): (() => number) => {
  const digest = createHash("sha256").update(seed).digest();
  let [a, b, c, counter] = [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), 1];
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
};

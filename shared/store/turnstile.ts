/** Runs some work when a place is free, and returns its result. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs at most `places` pieces of work at once. The others wait in their order. */
export const turnstile = (places: number): Turnstile => {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes directly to the next one that waits, so that no newcomer overtakes it.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
};

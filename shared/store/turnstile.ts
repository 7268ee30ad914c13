/** Lets a piece of work run once it has a place among those running; gives what the work gives. */
export type Turnstile = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `places` pieces of work run at once; the others wait for their turn, first come, first served. */
export const turnstile = (places: number): Turnstile => {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Handed over rather than given back, so that nobody who comes now gets in before those who wait.
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
};

import { StoreUnavailable, type Table } from "../../shared/store/table.ts";

/** What can go wrong with one call of the table, as its users see it. */
export type TableFault = "fail before" | "fail after" | "twice" | "conflict";

/** The chance of each fault, 0 to 1. */
export type Chances<Fault extends string> = Partial<Record<Fault, number>>;

/** Uniform in [0, 1), and for the same seed always the same: mulberry32. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Draws one of the faults, or none. */
export const drawn = <Fault extends string>(random: () => number, chances: Chances<Fault>): Fault | undefined => {
  let left = random();
  for (const [fault, chance] of Object.entries<number | undefined>(chances)) {
    left -= chance ?? 0;
    if (left < 0) return fault as Fault;
  }
  return undefined;
};

/**
 * A table whose calls fail by chance: with an outage before or after they took effect, done twice by the SDK since an
 * answer got lost (writes alone: a transaction's token makes its second try the first), or, transactions, in conflict
 * with another. `chances` may be changed at any time.
 */
export const faultyTable = (table: Table, random: () => number, chances: Chances<TableFault>): Table => {
  const stricken = async <T>(call: () => Promise<T>, kind: "read" | "write" | "transact"): Promise<T> => {
    const fault = drawn(random, chances);
    if (fault === "fail before") throw new StoreUnavailable("it failed before it was done");
    if (fault === "conflict" && kind === "transact") return { outcome: "conflict" } as T;
    const result = await call();
    if (fault === "fail after") throw new StoreUnavailable("it failed after it was done");
    return fault === "twice" && kind === "write" ? call() : result;
  };
  return {
    get: (...args) => stricken(() => table.get(...args), "read"),
    batchGet: (...args) => stricken(() => table.batchGet(...args), "read"),
    query: (...args) => stricken(() => table.query(...args), "read"),
    queryPage: (...args) => stricken(() => table.queryPage(...args), "read"),
    write: (...args) => stricken(() => table.write(...args), "write"),
    transact: (...args) => stricken(() => table.transact(...args), "transact"),
    batchPut: (...args) => stricken(() => table.batchPut(...args), "write"),
  };
};

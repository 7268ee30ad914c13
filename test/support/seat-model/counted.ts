import { counterOf, holdsOf, type Raw, seatOf, slotsOf } from "./stored.ts";

/**
 * Invariants 2 and 10 of all items: what a live session holds is counted exactly once, and what no session holds is not
 * counted. Each complaint is one way they do not hold. `isOver` says of which books nobody claims any more.
 */
export const countComplaints = (items: readonly Raw[], isOver: (book: string) => boolean = () => false): string[] => {
  const seats = items.flatMap((item) => seatOf(item) ?? []);
  const held = items.map(holdsOf);
  const holders = Map.groupBy(held, ({ seat }) => seat?.name);
  const slots = Map.groupBy(held, ({ slot }) => slot);
  const complaints: string[] = [];
  const expect = (what: string, counted: number, there: number): void => {
    if (counted !== there) complaints.push(`${what} counts ${counted}, and there are ${there}`);
  };
  const byBook = Map.groupBy(seats, ({ book }) => book);
  const counters = new Map(items.flatMap((item) => counterOf(item) ?? []).map((one) => [one.book, one]));
  for (const book of new Set([...byBook.keys(), ...counters.keys()])) {
    const there = byBook.get(book) ?? [];
    const counter = counters.get(book);
    expect(book, counter?.claimed ?? 0, there.length);
    if (counter?.pools === undefined) continue;
    const inPool = Map.groupBy(there, ({ pool }) => pool);
    for (const pool of new Set([...inPool.keys(), ...counter.pools.keys()]))
      expect(`${book} pool "${pool}"`, counter.pools.get(pool) ?? 0, inPool.get(pool)?.length ?? 0);
  }
  for (const { name, book, live } of seats)
    if (live !== undefined && !isOver(book)) expect(name, live, holders.get(name)?.length ?? 0);
  const counted = new Map(items.flatMap((item) => slotsOf(item) ?? []).map(({ slot, held: count }) => [slot, count]));
  for (const slot of new Set([...counted.keys(), ...slots.keys()]))
    if (slot !== undefined) expect(`slot ${slot}`, counted.get(slot) ?? 0, slots.get(slot)?.length ?? 0);
  return complaints;
};

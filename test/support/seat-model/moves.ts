import type { Book, Claimer, Seat, Verdict } from "./book.ts";

/** The claim of a verdict, done: the session holds the seat. `taken` names whose seat is taken over. */
export const claimed = (
  book: Book,
  verdict: Exclude<Verdict, { kind: "denied" }>,
  { holder }: Claimer,
  session: string,
  now: number,
  taken?: string,
): Book => {
  const seats = new Map(book);
  if (verdict.kind === "take-over") {
    if (taken === undefined || !verdict.from.includes(taken)) throw new Error(`${taken} has no seat to be taken over`);
    seats.delete(taken);
  }
  const fresh: Seat = {
    holder,
    pool: verdict.pool,
    claimedAt: now,
    overage: verdict.kind === "overage",
    live: new Set(),
    idleSince: now,
  };
  return held(seats.set(holder, seats.get(holder) ?? fresh), holder, session);
};

/** A live session holds the seat of its user from now on. */
export const held = (book: Book, holder: string, session: string): Book =>
  changed(book, holder, (seat) => ({ ...seat, live: new Set([...seat.live, session]), idleSince: undefined }));

/** A session that is no longer live gives its seat back; the last one makes it idle. */
export const givenBack = (book: Book, session: string, now: number): Book => {
  const seat = [...book.values()].find(({ live }) => live.has(session));
  if (seat === undefined) return book;
  return changed(book, seat.holder, () => {
    const live = new Set([...seat.live].filter((id) => id !== session));
    return { ...seat, live, idleSince: live.size === 0 ? now : undefined };
  });
};

/** An admin's release, or the deletion of a seat that is past its grace. */
export const freed = (book: Book, holder: string): Book => new Map([...book].filter(([other]) => other !== holder));

const changed = (book: Book, holder: string, change: (seat: Seat) => Seat): Book => {
  const seat = book.get(holder);
  return seat === undefined ? book : new Map(book).set(holder, change(seat));
};

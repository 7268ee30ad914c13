import { sessionKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import type { Decision } from "../seats/admit.ts";
import { type Book, bookName, isHeld } from "../seats/book.ts";
import { givingBack, holdsOf, holdWrite } from "../seats/holds.ts";
import { type Seat, writeOnSeat } from "../seats/seat.ts";
import type { Moment } from "../sessions/deps.ts";
import { asReadWith } from "../sessions/end-decision.ts";
import type { LiveSession } from "../sessions/record.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Expression, Table } from "../store/table.ts";

type PlaceDeps = { table: Table; pace: Pace };

/**
 * Gives live sessions of one user their place on a seat, all or none, in the same transaction in which they give back what they
 * hold elsewhere. False if one of them has ended or moved meanwhile, or if the seat is no longer of the same claim.
 */
export const placeOnSeat = async (
  { table, pace }: PlaceDeps,
  sessions: readonly LiveSession[],
  seat: Seat,
  book: Book,
  { now, deadline }: Moment,
): Promise<boolean> => {
  const name = bookName(book);
  const holdings = sessions.flatMap(({ holds }) => (holds === undefined ? [] : [{ holds }]));
  const [first] = sessions;
  if (!isHeld(book) && first !== undefined && sessions.length === 1) {
    const on = { bookName: name, seat, sessionId: first.sessionId };
    const write = placeWrite(first, book, { seatId: seat.id }, now);
    const given = await givingBack(table, holdings, now);
    return (await writeOnSeat({ table, pace }, on, write, deadline, given)).outcome === "written";
  }
  const decision = { seatId: seat.id, holds: holdsOf(name, seat) };
  const ids = sessions.map(({ sessionId }) => sessionId);
  return retrying(pace, deadline, async () => {
    const { outcome } = await table.transact([
      ...sessions.map((session) => placeWrite(session, book, decision, now)),
      holdWrite(name, seat, ids),
      ...(await givingBack(table, holdings, now)),
    ]);
    return outcome === "conflict" ? undefined : outcome === "committed";
  });
};

/**
 * Gives a live session its place in a book. With a seat, its denial is gone. One that is denied its place runs on without a
 * seat; if it was denied before for another reason, that is its reason now.
 */
export const placeWrite = (session: LiveSession, book: Book, decision: Decision, now: EpochMs) => {
  const wasDenied = session.deniedCode !== undefined;
  const isNewReason = wasDenied && "deniedCode" in decision && session.deniedCode !== decision.deniedCode;
  const holds = "holds" in decision ? decision.holds : undefined;
  const isSeated = "seatId" in decision;
  const set = [
    "book = :placed",
    ...(isSeated ? ["seatId = :seat"] : []),
    ...(holds === undefined ? [] : ["holds = :holds"]),
    ...(isNewReason ? ["deniedCode = :code, deniedAt = :now"] : []),
  ];
  const removed = [
    ...(isSeated ? [] : ["seatId"]),
    ...(isSeated && wasDenied ? ["deniedCode, deniedAt"] : []),
    ...(holds === undefined && session.holds !== undefined ? ["holds"] : []),
  ];
  const update: Expression = {
    expression: `SET ${set.join(", ")}${removed.length === 0 ? "" : ` REMOVE ${removed.join(", ")}`}`,
    values: {
      ":placed": bookName(book),
      ...(isSeated ? { ":seat": decision.seatId } : {}),
      ...(holds === undefined ? {} : { ":holds": holds }),
      ...(isNewReason ? { ":code": decision.deniedCode, ":now": formatTime(now) } : {}),
    },
  };
  return { kind: "update", key: sessionKey(session.sessionId), update, condition: asPlaced(session) } as const;
};

// It may have ended, or have got its place from another function.
const asPlaced = (session: LiveSession): Expression => asReadWith(session, "book");

import { operatorKey, sessionKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { leaseRefusal } from "../licensing/lease.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { allowsOverage } from "../licensing/policy.ts";
import { isReplaced } from "../licensing/seen.ts";
import { digestOf, sameDigest } from "../operators/live-set.ts";
import { type Operator, operatorFrom } from "../operators/operator.ts";
import { admit, type Decision, type SessionToAdmit } from "../seats/admit.ts";
import { type Book, bookName, isLaterBook, isNamed, seatIdOf } from "../seats/book.ts";
import { listSeats } from "../seats/list.ts";
import { type OfClaim, writeOnSeat } from "../seats/seat.ts";
import type { Moment } from "../sessions/deps.ts";
import { asReadWith } from "../sessions/end-decision.ts";
import { onItsOwn } from "../sessions/on-its-own.ts";
import { readRecords } from "../sessions/read-records.ts";
import { isLiveAt, type LiveSession, type SessionRecord } from "../sessions/record.ts";
import type { StartDeps } from "../sessions/start.ts";
import { inParallel } from "../store/parallel.ts";
import type { Expression, Item } from "../store/table.ts";

const WRITES_AT_ONCE = 8;

/** What a heartbeat says about the sessions of its operator. */
export type Reported = { listed: ReadonlySet<string>; ended: readonly { sessionId: string }[] };

/**
 * Gives every listed session its place in the current book: a seat or a counted denial, the oldest first. A session
 * without a place started in an earlier period, under an earlier license, or by a function with an older copy of it.
 * Its record names the book it has a place in, so each session is handled on its own: a failure stops no other, and
 * what the deadline leaves open, the next heartbeat does.
 *
 * Returns the operator as it is then. Once all sessions of its digest have a place in a book, its item names that book,
 * and nothing is read until a session of another book comes.
 */
export const carryOver = async (
  deps: StartDeps,
  operator: Operator,
  { listed, ended }: Reported,
  license: LicenseFile,
  moment: Moment,
): Promise<Operator> => {
  const book = await deps.currentBook(license, moment.now);
  const name = bookName(book);
  if (operator.book === name || leaseRefusal(license, moment.now) !== undefined) return operator;
  // A heartbeat that was frozen, or a copy of the license from before a swap: nothing goes back into an earlier book.
  if (isLaterBook(operator.book, name) || (await isReplaced(deps.table, license, moment.now))) return operator;
  const over = new Set(ended.map(({ sessionId }) => sessionId));
  const records = await readRecords(deps.table, [...new Set([...listed, ...over])]);
  const live = [...records.values()].filter(isLiveAt(operator));
  const open = live.filter((session) => !hasPlace(session, name, operator));
  // A session that came after this heartbeat is not among those it speaks of.
  const running = open.filter(({ sessionId, createdAt }) => !over.has(sessionId) && createdAt <= moment.now);
  const placed = await placeEach(deps, running.sort(oldestFirst), book, license, moment);
  return placed.size === open.length ? noteBook(deps, operator, live, name) : operator;
};

/** Whether a live session of an operator has a seat or a denial in a book, or needs none. */
export const hasPlace = (session: SessionRecord, name: string, operator: Pick<Operator, "agent">): boolean =>
  !takesSeat(session, operator) || isNamed(session.book, name);

// A denied session runs without a seat already. An operator was asked to stop it, and so was an agent that enforces seats.
// Under any other agent it continues, so it is judged anew in each book.
const takesSeat = ({ ci, deniedCode }: SessionRecord, { agent }: Pick<Operator, "agent">): boolean =>
  !ci && (deniedCode === undefined || agent?.enforces === false);

const oldestFirst = (one: SessionRecord, other: SessionRecord): number =>
  one.startedAt - other.startedAt || (one.sessionId < other.sessionId ? -1 : 1);

/** Returns the ids of those that have their place now. */
const placeEach = async (
  deps: StartDeps,
  sessions: readonly LiveSession[],
  book: Book,
  license: LicenseFile,
  moment: Moment,
): Promise<ReadonlySet<string>> => {
  const placed = new Set<string>();
  if (sessions.length === 0) return placed;
  const overageAllowed = allowsOverage(license.terms, deps.allowOverages);
  const seated = new Map((await listSeats(deps.table, book)).map((seat): [string, OfClaim] => [seat.id, seat]));
  const each = onItsOwn();
  const place = async ({ sessionId }: LiveSession, work: () => Promise<boolean>): Promise<void> => {
    if (deps.pace.now() >= moment.deadline) return;
    if ((await each.run(sessionId, work)) === true) placed.add(sessionId);
  };
  const ofHolders: LiveSession[] = [];
  for (const session of sessions) {
    const { sessionId, instanceId, client } = session;
    const seatId = seatIdOf(client, book.trackingMode);
    if (seated.has(seatId)) {
      ofHolders.push(session);
      continue;
    }
    await place(session, async () => {
      const terms = { book, overageAllowed, session: toAdmit(session, book, moment.now) };
      const admission = await admit(deps, { sessionId, instanceId, client }, terms, moment);
      if (admission.kind === "admitted") seated.set(seatId, admission.seat);
      return admission.kind !== "exists";
    });
  }
  await inParallel(ofHolders, WRITES_AT_ONCE, (session) =>
    place(session, async () => {
      const seatId = seatIdOf(session.client, book.trackingMode);
      const seat = seated.get(seatId);
      const write = placeWrite(session, book, { seatId }, moment.now);
      if (seat === undefined) return false;
      const on = { bookName: bookName(book), seat, sessionId: session.sessionId };
      return (await writeOnSeat(deps, on, write, moment.deadline)).outcome === "written";
    }),
  );
  each.report(deps.log, "sessions not carried over");
  return placed;
};

const toAdmit = (session: LiveSession, book: Book, now: EpochMs): SessionToAdmit => ({
  kind: "running",
  write: (decision) => placeWrite(session, book, decision, now),
});

/**
 * Gives a live session its place in a book. With a seat, its denial is gone. One that is denied its place runs on without a
 * seat; if it was denied before for another reason, that is its reason now.
 */
export const placeWrite = (session: LiveSession, book: Book, decision: Decision, now: EpochMs) => {
  const placed = { ":placed": bookName(book) };
  const wasDenied = session.deniedCode !== undefined;
  const isNewReason = wasDenied && "deniedCode" in decision && session.deniedCode !== decision.deniedCode;
  const update: Expression =
    "seatId" in decision
      ? {
          expression: `SET book = :placed, seatId = :seat${wasDenied ? " REMOVE deniedCode, deniedAt" : ""}`,
          values: { ...placed, ":seat": decision.seatId },
        }
      : {
          expression: `SET book = :placed${isNewReason ? ", deniedCode = :code, deniedAt = :now" : ""} REMOVE seatId`,
          values: { ...placed, ...(isNewReason ? { ":code": decision.deniedCode, ":now": formatTime(now) } : {}) },
        };
  return { kind: "update", key: sessionKey(session.sessionId), update, condition: asPlaced(session) } as const;
};

// It may have ended, or have got its place from another function.
const asPlaced = (session: LiveSession): Expression => asReadWith(session, "book");

// On condition that the digest is of just these sessions: one that has come meanwhile may have its place elsewhere.
const noteBook = async (
  { table }: StartDeps,
  operator: Operator,
  live: readonly LiveSession[],
  name: string,
): Promise<Operator> => {
  const digest = digestOf(live.map(({ sessionId }) => sessionId));
  if (!sameDigest(digest, operator.digest)) return operator;
  const values: Item = { ":book": name };
  const condition = operator.hasDigest
    ? {
        expression: "liveCount = :seenCount AND liveSum = :seenSum",
        values: { ":seenCount": digest.count, ":seenSum": digest.sum },
      }
    : { expression: "attribute_not_exists(liveCount)" };
  const outcome = await table.write({
    kind: "update",
    key: operatorKey(operator.instanceId),
    update: { expression: "SET book = :book", values },
    condition,
  });
  return outcome.outcome === "written" && outcome.item !== undefined ? operatorFrom(outcome.item) : operator;
};

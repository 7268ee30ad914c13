import { operatorKey } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import { leaseRefusal } from "../licensing/lease.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { allowsOverage } from "../licensing/policy.ts";
import { isReplaced } from "../licensing/seen.ts";
import { digestOf, sameDigest } from "../operators/live-set.ts";
import { type Operator, operatorFrom } from "../operators/operator.ts";
import { admit, type SessionToAdmit } from "../seats/admit.ts";
import { type Book, bookMark, bookName, isHeld, isLaterBook, isNamed, markedBook, seatIdOf } from "../seats/book.ts";
import { listSeats } from "../seats/list.ts";
import { areChanged, SETTLED_AFTER_MS } from "../seats/rules.ts";
import type { Moment } from "../sessions/deps.ts";
import { onItsOwn } from "../sessions/on-its-own.ts";
import { readRecords } from "../sessions/read-records.ts";
import { isLiveAt, type LiveSession, type SessionRecord } from "../sessions/record.ts";
import type { StartDeps } from "../sessions/start.ts";
import { inParallel } from "../store/parallel.ts";
import type { Item } from "../store/table.ts";
import { placeOnSeat, placeWrite } from "./place.ts";

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
  const mark = bookMark(book);
  if (operator.book === mark || leaseRefusal(license, moment.now) !== undefined) return operator;
  // A heartbeat that was frozen, or a copy of the license from before a swap: nothing goes back into an earlier book.
  if (isLaterBook(operator.book, bookName(book)) || (await isReplaced(deps.table, license, moment.now)))
    return operator;
  const over = new Set(ended.map(({ sessionId }) => sessionId));
  const records = await readRecords(deps.table, [...new Set([...listed, ...over])]);
  // After the sessions: one that another function has placed by later rules is not read here.
  if (await areChanged(deps.table, book.rules)) return operator;
  const live = [...records.values()].filter(isLiveAt(operator));
  const open = live.filter((session) => !hasPlace(session, mark, operator));
  // A session that came after this heartbeat is not among those it speaks of.
  const running = open.filter(({ sessionId, createdAt }) => !over.has(sessionId) && createdAt <= moment.now);
  const placed = await placeEach(deps, running.sort(oldestFirst), book, license, moment);
  // Until then a function may still start sessions by the rules before.
  const isSettled = moment.now >= book.rules.since + SETTLED_AFTER_MS;
  return placed.size === open.length && isSettled ? noteBook(deps, operator, live, mark) : operator;
};

/**
 * Whether a live session of an operator has its place in the book of a mark: a seat or a denial, or none if it needs none.
 * Where sessions hold their seats, one with a seat holds it.
 */
export const hasPlace = (session: SessionRecord, mark: string, operator: Pick<Operator, "agent">): boolean => {
  if (!takesSeat(session, operator)) return true;
  const { name, isHeld: areHeld } = markedBook(mark);
  return isNamed(session.book, name) && (!areHeld || session.seatId === undefined || session.holds?.book === name);
};

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
  const seated = new Map((await listSeats(deps.table, book)).map((seat) => [seat.id, seat]));
  const each = onItsOwn();
  const place = async (group: readonly LiveSession[], work: () => Promise<boolean>): Promise<boolean> => {
    const [first] = group;
    if (first === undefined || deps.pace.now() >= moment.deadline) return false;
    const done = (await each.run(first.sessionId, work)) === true;
    if (done) for (const { sessionId } of group) placed.add(sessionId);
    return done;
  };
  const placeAlone = (session: LiveSession) =>
    place([session], async () => {
      const { sessionId, instanceId, client, target } = session;
      const terms = { book, overageAllowed, session: toAdmit(session, book, moment.now) };
      const admission = await admit(
        deps,
        { sessionId, instanceId, client, namespace: target.namespace },
        terms,
        moment,
      );
      if (admission.kind === "admitted") seated.set(admission.seat.id, admission.seat);
      return admission.kind === "admitted" || admission.kind === "denied";
    });
  const ofHolders: LiveSession[] = [];
  for (const session of sessions)
    if (seated.has(seatIdOf(session.client, book.trackingMode))) ofHolders.push(session);
    else await placeAlone(session);
  await inParallel(groupsOnSeats(ofHolders, book), WRITES_AT_ONCE, async (group) => {
    const [first] = group;
    const seat = first && seated.get(seatIdOf(first.client, book.trackingMode));
    if (seat === undefined || (await place(group, () => placeOnSeat(deps, group, seat, book, moment)))) return;
    // One of them has ended, or the seat was released: each for itself.
    if (group.length > 1) for (const session of group) await placeAlone(session);
  });
  each.report(deps.log, "sessions not carried over");
  return placed;
};

/** So many sessions of a seat are given their place in one transaction. Each may give back another seat. */
const SESSIONS_AT_ONCE = 40;

// Where sessions hold their seats, those of one seat come together: one by one, they would all write to the seat.
const groupsOnSeats = (sessions: readonly LiveSession[], book: Book): LiveSession[][] => {
  if (!isHeld(book)) return sessions.map((session) => [session]);
  return [...Map.groupBy(sessions, ({ client }) => seatIdOf(client, book.trackingMode)).values()].flatMap((ofSeat) =>
    Array.from({ length: Math.ceil(ofSeat.length / SESSIONS_AT_ONCE) }, (_, part) =>
      ofSeat.slice(part * SESSIONS_AT_ONCE, (part + 1) * SESSIONS_AT_ONCE),
    ),
  );
};

const toAdmit = (session: LiveSession, book: Book, now: EpochMs): SessionToAdmit => ({
  kind: "running",
  write: (decision) => placeWrite(session, book, decision, now),
  holds: session.holds,
});

// On condition that the digest is of just these sessions: one that has come meanwhile may have its place elsewhere.
const noteBook = async (
  { table }: StartDeps,
  operator: Operator,
  live: readonly LiveSession[],
  mark: string,
): Promise<Operator> => {
  const digest = digestOf(live.map(({ sessionId }) => sessionId));
  if (!sameDigest(digest, operator.digest)) return operator;
  const values: Item = { ":book": mark };
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

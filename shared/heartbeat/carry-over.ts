import { bookPartition, operatorKey, sessionKey } from "../contract/keys.ts";
import { leaseRefusal } from "../licensing/lease.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { allowsOverage } from "../licensing/policy.ts";
import type { Operator } from "../operators/operator.ts";
import { admit } from "../seats/admit.ts";
import { type Book, bookMark, seatIdOf } from "../seats/book.ts";
import { listSeats } from "../seats/list.ts";
import type { Moment } from "../sessions/deps.ts";
import { asRead } from "../sessions/end-decision.ts";
import { type SessionRecord, sessionRecord } from "../sessions/record.ts";
import type { StartDeps } from "../sessions/start.ts";

/**
 * Claims seats in a new book (another period, another license) for the sessions that an operator has running, the oldest
 * first. One that finds no seat runs on and counts as a denial. Done once a book, by the operator's first heartbeat in
 * it; what the deadline leaves undone, or was killed half way, the next heartbeat does: it finds held what was claimed.
 */
export const carryOver = async (
  deps: StartDeps,
  operator: Operator,
  /** What the operator says is running. */
  running: ReadonlySet<string>,
  license: LicenseFile,
  moment: Moment,
): Promise<void> => {
  const book = await deps.currentBook(license, moment.now);
  const partition = bookPartition(book.id);
  if (operator.book === partition || leaseRefusal(license, moment.now) !== undefined) return;
  const overageAllowed = allowsOverage(license.terms, deps.allowOverages);
  for (const session of await withoutSeat(deps, operator, running, book)) {
    if (deps.pace.now() >= moment.deadline) return;
    const { sessionId, instanceId, client } = session;
    const stillRuns = { kind: "check", key: sessionKey(sessionId), condition: asRead(session) } as const;
    await admit(
      deps,
      { sessionId, instanceId, client },
      { book, overageAllowed, record: undefined, stillRuns },
      moment,
    );
  }
  await deps.table.write({
    kind: "update",
    key: operatorKey(operator.instanceId),
    update: { expression: "SET book = :book", values: { ":book": partition } },
  });
};

// The oldest session of each user that holds no seat in the book, the oldest first. Not one that was admitted in this
// very book: where its seat is gone, it was released.
const withoutSeat = async (
  { table }: StartDeps,
  { instanceId }: Operator,
  running: ReadonlySet<string>,
  book: Book,
): Promise<SessionRecord[]> => {
  if (running.size === 0) return [];
  // Not the index: it may not show yet what has just started, and still show what has ended.
  const items = await table.batchGet([...running].map(sessionKey), { consistent: true });
  const sessions = items
    .map(sessionRecord)
    .filter((session) => session.instanceId === instanceId && takesSeat(session) && session.book !== bookMark(book))
    .sort(oldestFirst);
  const seated = new Set(sessions.length === 0 ? [] : (await listSeats(table, book)).map(({ id }) => id));
  return sessions.filter(({ client }) => {
    const seatId = seatIdOf(client, book.trackingMode);
    return !seated.has(seatId) && seated.add(seatId);
  });
};

// One that was denied runs without a seat already and has been asked to stop.
const takesSeat = ({ ci, deniedCode, state }: SessionRecord): boolean =>
  state === "live" && !ci && deniedCode === undefined;

const oldestFirst = (one: SessionRecord, other: SessionRecord): number =>
  one.startedAt - other.startedAt || (one.sessionId < other.sessionId ? -1 : 1);

import { liveList } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import { listOperators } from "../operators/list.ts";
import type { Operator } from "../operators/operator.ts";
import { type Book, bookName, isNamed, seatIdOf } from "../seats/book.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { type LiveSession, type SessionClient, type SessionRecord, sessionRecord } from "./record.ts";

const OPERATORS_AT_ONCE = 8;

/** What the live sessions of a seat's user say about it. CI sessions take no seat and say nothing. */
export type SeatActivity = {
  liveSessions: number;
  /** When one of them was last known live, by the server's clock. */
  lastSeen: EpochMs;
  /** Who runs the one that started last. */
  client: SessionClient;
};

/** The activity of each seat of a book that live sessions run on, by the seats' ids. Eventually consistent. */
export const readSeatActivity = async (table: Table, book: Book): Promise<ReadonlyMap<string, SeatActivity>> => {
  const activity = new Map<string, SeatActivity & { startedAt: EpochMs }>();
  const busy = (await listOperators(table)).filter(({ digest }) => digest.count > 0);
  await inParallel(busy, OPERATORS_AT_ONCE, async (operator) => {
    const items = await table.query({ partition: liveList(operator.instanceId), index: true });
    for (const session of items.map(sessionRecord).filter(isUsers)) {
      const id = seatOf(session, book);
      const before = activity.get(id);
      const { client, startedAt } = session;
      const isLatest = before === undefined || startedAt >= before.startedAt;
      activity.set(id, {
        liveSessions: (before?.liveSessions ?? 0) + 1,
        lastSeen: Math.max(before?.lastSeen ?? 0, lastKnownLive(session, operator)),
        ...(isLatest ? { client, startedAt } : { client: before.client, startedAt: before.startedAt }),
      });
    }
  });
  return activity;
};

const isUsers = (session: SessionRecord): session is LiveSession => session.state === "live" && !session.ci;

// An earlier release made other seat ids from names with spaces around them. The record names the seat that is held.
const seatOf = ({ book: named, seatId, client }: LiveSession, book: Book): string =>
  seatId !== undefined && isNamed(named, bookName(book)) ? seatId : seatIdOf(client, book.trackingMode);

// The last heartbeat that listed it. Before the first one, its start was the sign of life.
const lastKnownLive = ({ sessionId, createdAt }: LiveSession, { unlisted, listedAt }: Operator): EpochMs =>
  Math.max(createdAt, unlisted[sessionId] ?? listedAt ?? 0);

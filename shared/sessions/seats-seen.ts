import { type Key, seatKeyIn } from "../contract/keys.ts";
import type { EpochMs } from "../contract/time.ts";
import { isBookName } from "../seats/book.ts";
import { seatFrom, seenWrite } from "../seats/seat.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import type { SessionDeps } from "./deps.ts";
import type { OverSession, SessionClient } from "./record.ts";

const WRITES_AT_ONCE = 8;

/**
 * Notes at the seats of sessions that ended when their users were last seen, and under which names; one write for each
 * seat. A failure is only logged: the job that closes the day notes the same again.
 */
export const noteSeatsSeen = async (
  { table, log }: Pick<SessionDeps, "table" | "log">,
  sessions: Iterable<OverSession>,
  now: EpochMs,
): Promise<void> => {
  await inParallel([...lastOnSeats(sessions).values()], WRITES_AT_ONCE, async ({ book, seatId, client, seenAt }) => {
    try {
      await table.write(seenWrite(book, seatId, { at: Math.min(seenAt, now), client }));
    } catch (error) {
      log.warn("last activity of a seat not noted", { seat_id: seatId, error });
    }
  });
};

/**
 * Notes at seats what the ends of their sessions could not, because a function was killed or a write failed. Reads the
 * seats first, since nearly all are right.
 */
export const noteMissedActivity = async (table: Table, last: Iterable<LastOnSeat>, now: EpochMs): Promise<void> => {
  const bySeat = new Map([...last].map((one) => [keyText(seatKeyIn(one.book, one.seatId)), one]));
  const keys = [...bySeat.values()].map(({ book, seatId }) => seatKeyIn(book, seatId));
  const behind = (await table.batchGet(keys, { consistent: false })).flatMap((item) => {
    const one = bySeat.get(keyText(item as Key));
    return one !== undefined && seatFrom(item).lastSeen < Math.min(one.seenAt, now) ? [one] : [];
  });
  await inParallel(behind, WRITES_AT_ONCE, async ({ book, seatId, client, seenAt }) => {
    await table.write(seenWrite(book, seatId, { at: Math.min(seenAt, now), client }));
  });
};

const keyText = ({ pk, sk }: Key): string => `${pk} ${sk}`;

/** The last session of a seat, and when its user was last seen. */
export type LastOnSeat = { book: string; seatId: string; client: SessionClient; seenAt: EpochMs };

/**
 * For each seat, the session that was known live last; adds to `last`. Records of earlier releases do not name their book
 * and are left out.
 */
export const lastOnSeats = (
  sessions: Iterable<OverSession>,
  last: Map<string, LastOnSeat> = new Map(),
): Map<string, LastOnSeat> => {
  for (const { book, seatId, client, createdAt, endedAt } of sessions) {
    if (seatId === undefined || !isBookName(book)) continue;
    // Its start was a sign of life, even if it arrived after its end.
    const seenAt = Math.max(createdAt, endedAt);
    const key = `${book} ${seatId}`;
    const before = last.get(key);
    if (before === undefined || seenAt > before.seenAt) last.set(key, { book, seatId, client, seenAt });
  }
  return last;
};

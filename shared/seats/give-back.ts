import { counterKeyIn, seatKeyIn } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import type { Table, Write } from "../store/table.ts";
import { auditWrite, poolIn } from "./audit.ts";
import { isBookName } from "./book.ts";
import { givingBack, type Holds } from "./holds.ts";
import { countedOff, countsPools } from "./pool-counts.ts";
import { seatFrom } from "./seat.ts";

/** A session that turns out to need no seat, with the place that its record names. */
export type Leaver = {
  sessionId: string;
  instanceId: string;
  seatId?: string | undefined;
  book?: string | undefined;
  holds?: Holds | undefined;
};

/**
 * The writes that give a session's seat back. If this session claimed it and no other one has run on it since, the seat is
 * free; refused if one does meanwhile. Else it stays its user's, and no longer counts this session if it did. Seats of earlier
 * releases do not say who claimed them, so they stay.
 */
export const giveBackWrites = async (
  { table, newId, retentionDays }: { table: Table; newId: () => string; retentionDays: number },
  { sessionId, instanceId, seatId, book, holds }: Leaver,
  now: EpochMs,
  /** Whether these writes were refused before: the book may count pools, which a seat from before does not name. */
  { again = false } = {},
): Promise<Write[]> => {
  const leave = () => givingBack(table, holds === undefined ? [] : [{ holds }], now);
  if (seatId === undefined || !isBookName(book)) return leave();
  const key = seatKeyIn(book, seatId);
  const item = await table.get(key, { consistent: true });
  if (item === undefined) return [];
  const seat = seatFrom(item);
  if (seat.claimedBy !== sessionId || seat.hasOthers === true) return leave();
  const { kubernetesUsername, clientHostname, pool } = seat;
  const isPooled =
    pool !== undefined || (again && countsPools(await table.get(counterKeyIn(book), { consistent: true })));
  const { condition: counted, ...off } = countedOff([pool], isPooled);
  const entry = {
    action: "seat.released",
    actor: instanceId,
    seatId,
    book,
    sessionId,
    ...poolIn(pool),
    kubernetesUsername,
    clientHostname,
  } as const;
  return [
    {
      kind: "delete",
      key,
      condition: {
        expression: "claimedBy = :session AND claimedAt = :claimed AND attribute_not_exists(hasOthers)",
        values: { ":session": sessionId, ":claimed": formatTime(seat.claimedAt) },
      },
    },
    {
      kind: "update",
      key: counterKeyIn(book),
      update: off,
      condition: counted,
    },
    auditWrite(entry, now, newId(), retentionDays),
  ];
};

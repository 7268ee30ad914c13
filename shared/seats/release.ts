import { counterKey, seatKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import { auditWrite, poolIn } from "./audit.ts";
import { type Book, bookName } from "./book.ts";
import { countedOff } from "./pool-counts.ts";
import { releasedSeatWrite } from "./released-seats.ts";
import { seatFrom } from "./seat.ts";

export type ReleaseDeps = { table: Table; pace: Pace; newId: () => string; retentionDays: number };

/**
 * Releases a seat at once, and notes it for the operators in the same transaction; its user's next session claims again.
 * Returns false if nobody holds the seat, or if somebody else released it first: only the claim that was read is
 * released, never a newer one of the same user. Throws `StoreUnavailable`.
 */
export const releaseSeat = async (
  deps: ReleaseDeps,
  book: Book,
  seatId: string,
  /** Who released it, for the audit. */
  actor: string,
  moment: { now: EpochMs; deadline: EpochMs },
): Promise<boolean> => {
  const { table, pace, newId, retentionDays } = deps;
  const key = seatKey(book.id, seatId);
  const item = await table.get(key, { consistent: true });
  if (item === undefined) return false;
  const { claimedAt, kubernetesUsername, clientHostname, pool } = seatFrom(item);
  const named = { seatId, book: bookName(book), ...poolIn(pool), kubernetesUsername, clientHostname };
  const entry = { action: "seat.released", actor, ...named } as const;
  const condition = { expression: "claimedAt = :claimed", values: { ":claimed": formatTime(claimedAt) } };
  // A seat from before the book counted pools names none.
  let isPooled = pool !== undefined;
  return retrying(pace, moment.deadline, async () => {
    const off = countedOff([pool], isPooled);
    const result = await table.transact([
      { kind: "delete", key, condition },
      {
        kind: "update",
        key: counterKey(book.id),
        update: {
          expression: `SET releasedAt = :now ${off.expression}`,
          ...(off.names === undefined ? {} : { names: off.names }),
          values: { ":now": formatTime(moment.now), ...off.values },
        },
        condition: off.condition,
      },
      releasedSeatWrite(book, seatId, moment.now),
      auditWrite(entry, moment.now, newId(), retentionDays),
    ]);
    if (result.outcome === "refused" && !result.refusals.has(0) && !isPooled) {
      isPooled = true;
      return undefined;
    }
    return result.outcome === "conflict" ? undefined : result.outcome === "committed";
  });
};

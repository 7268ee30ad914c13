import { denialKey, ITEM_VERSION } from "../contract/keys.ts";
import { dayOf, type EpochMs, formatTime } from "../contract/time.ts";
import type { Write } from "../store/table.ts";
import type { Book, SeatClient } from "./book.ts";

/** Who was refused, and for which session. */
export type Refused = {
  seatId: string;
  sessionId: string;
  client: SeatClient & { hostname: string; username: string };
};

/** Counts a denial, collapsed per user and day; refused where this session is the last one counted already: a retry. */
export const denialWrite = (
  book: Book,
  { seatId, sessionId, client }: Refused,
  now: EpochMs,
  expiresAt: number,
): Write => ({
  kind: "update",
  key: denialKey(book.id, dayOf(now), seatId),
  update: {
    expression: [
      "SET v = :v, seatId = :seat, machineId = :machine, kubernetesUsername = :user, clientHostname = :host,",
      "clientUsername = :name, firstAt = if_not_exists(firstAt, :now), lastAt = :now, lastSession = :session,",
      "expiresAt = :expires ADD denials :one",
    ].join(" "),
    values: {
      ":v": ITEM_VERSION,
      ":seat": seatId,
      ":machine": client.id,
      ":user": client.kubernetesUsername,
      ":host": client.hostname,
      ":name": client.username,
      ":now": formatTime(now),
      ":expires": expiresAt,
      ":one": 1,
    },
  },
  condition: {
    expression: "attribute_not_exists(lastSession) OR lastSession <> :session",
    values: { ":session": sessionId },
  },
});

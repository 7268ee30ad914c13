import { createHash } from "node:crypto";
import { denialKey, ITEM_VERSION } from "../contract/keys.ts";
import { dayOf, type EpochMs, formatTime } from "../contract/time.ts";
import type { Expression, Item, Write } from "../store/table.ts";
import type { Book, SeatClient } from "./book.ts";

/** Who was refused, and for which session. */
export type Refused = {
  seatId: string;
  sessionId: string;
  client: SeatClient & { hostname: string; username: string };
};

/**
 * A retry of a start whose answer was lost must not count again, whatever sessions its user was refused in between: of the
 * sessions that were counted, the last are known. Only so many that the item stays below 1 KB, which a write unit holds.
 */
const MOST_KNOWN = 20;
/** So many are left where there is room to make for others: it takes a second write, which then has to be rare. */
const LEAST_KNOWN = 10;

/**
 * Counts a denial, collapsed per user and day. Refused where this session is counted already (`isCounted` tells by the
 * item that is found), or else where no more sessions fit in: then `full` is that item, which is written as it was seen but
 * for the oldest of them; that one is refused where it has changed meanwhile.
 */
export const denialWrite = (
  book: Book,
  { seatId, sessionId, client }: Refused,
  { now, expiresAt }: { now: EpochMs; expiresAt: number },
  full?: Item,
): Write => {
  const { recent, condition } = full === undefined ? added(sessionId) : fittedIn(sessionId, full);
  return {
    kind: "update",
    key: denialKey(book.id, dayOf(now), seatId),
    update: {
      expression: [
        "SET v = :v, seatId = :seat, machineId = :machine, kubernetesUsername = :user, clientHostname = :host,",
        "clientUsername = :name, firstAt = if_not_exists(firstAt, :now), lastAt = :now, lastSession = :session,",
        `recent = ${recent.expression}, expiresAt = :expires ADD denials :one`,
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
        ":session": sessionId,
        ...recent.values,
      },
    },
    condition,
  };
};

/** Whether a session is among those that a denial is known to count. */
export const isCounted = (denial: Item, sessionId: string): boolean =>
  denial["lastSession"] === sessionId || knownIn(denial).includes(markOf(sessionId));

type Parts = { recent: Expression; condition: Expression };

// What an earlier release wrote tells of the last session alone.
const added = (sessionId: string): Parts => ({
  recent: {
    expression: "list_append(if_not_exists(recent, :none), :marks)",
    values: { ":none": [], ":marks": [markOf(sessionId)] },
  },
  condition: {
    expression: [
      "attribute_not_exists(lastSession) OR (lastSession <> :session",
      "AND (attribute_not_exists(recent) OR (NOT contains(recent, :mark) AND size(recent) < :most)))",
    ].join(" "),
    values: { ":mark": markOf(sessionId), ":most": MOST_KNOWN },
  },
});

const fittedIn = (sessionId: string, full: Item): Parts => ({
  recent: { expression: ":marks", values: { ":marks": [...knownIn(full).slice(1 - LEAST_KNOWN), markOf(sessionId)] } },
  condition: { expression: "denials = :seen", values: { ":seen": full["denials"] } },
});

const knownIn = ({ recent }: Item): readonly string[] => (recent ?? []) as string[];

// 48 bits of a hash, for ids may be long: among twenty, one in 10^13 retries would be taken for another session's.
const markOf = (sessionId: string): string => createHash("sha256").update(sessionId).digest("base64url").slice(0, 8);

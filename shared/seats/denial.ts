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
 * A retry of a start whose answer was lost must not count again, even after other sessions of its user were refused. So
 * the item holds marks of the sessions it counts: this many at most, since a write unit holds 1 KB.
 */
const MOST_KNOWN = 20;
/** This many remain when room is made for more. Making room costs a second write, so it must be rare. */
const LEAST_KNOWN = 10;

/**
 * Counts a denial, collapsed per user and day. Refused if this session is counted already (`isCounted` decides by the item
 * that is found), or if there is no room for another mark. In that case call it again with the item as `full`: it drops the
 * oldest marks, and is refused if the item has changed since.
 */
export const denialWrite = (
  book: Book,
  { seatId, sessionId, client }: Refused,
  { now, expiresAt }: { now: EpochMs; expiresAt: number },
  full?: Item,
): Write => {
  const { recent, condition } = countedOnce(sessionId, full);
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

/** Whether a denial item counts this session, as far as its marks reach back. */
export const isCounted = (denial: Item, sessionId: string): boolean =>
  denial["lastSession"] === sessionId || knownIn(denial).includes(markOf(sessionId));

type Parts = { recent: Expression; condition: Expression };

/**
 * The parts of an update that adds 1 to `denials` once for each session: what `recent` becomes, and the condition. The update
 * sets `lastSession` to `:session`. `full` is the item in which there is no room for another mark.
 */
export const countedOnce = (sessionId: string, full?: Item): Parts =>
  full === undefined ? added(sessionId) : fittedIn(sessionId, full);

// Items of an earlier release have no marks, only the last session.
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

// 48 bits of a hash, since ids may be long. Among twenty marks, one retry in 10^13 is mistaken for another session.
const markOf = (sessionId: string): string => createHash("sha256").update(sessionId).digest("base64url").slice(0, 8);

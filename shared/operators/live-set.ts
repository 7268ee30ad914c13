import { hash } from "node:crypto";
import { ITEM_VERSION, operatorKey } from "../contract/keys.ts";
import type { Expression, Item, Table, Write } from "../store/table.ts";
import { addClause, addTallies, type Tally } from "./totals.ts";

/**
 * An order-free digest of a set of session ids: how many there are, and the sum of a 40-bit hash of each. The sums of up
 * to 5,000 stay below 2^53, so DynamoDB's ADD and JavaScript's numbers both hold them exactly.
 */
export type LiveDigest = { count: number; sum: number };

const EMPTY_DIGEST: LiveDigest = { count: 0, sum: 0 };

export const digestOf = (sessionIds: Iterable<string>): LiveDigest => {
  let count = 0;
  let sum = 0;
  for (const id of sessionIds) {
    count += 1;
    sum += hash40(id);
  }
  return { count, sum };
};

export const sameDigest = (one: LiveDigest, other: LiveDigest): boolean =>
  one.count === other.count && one.sum === other.sum;

/** The digest that an operator's item holds. */
export const storedDigest = (operator: Item | undefined): LiveDigest => ({
  count: Number(operator?.["liveCount"] ?? 0),
  sum: Number(operator?.["liveSum"] ?? 0),
});

/** The condition that the live set of an operator has not moved since it was read. */
export const sameLiveSet = ({ digest, hasDigest }: { digest: LiveDigest; hasDigest: boolean }): Expression =>
  hasDigest
    ? {
        expression: "liveCount = :seenCount AND liveSum = :seenSum",
        values: { ":seenCount": digest.count, ":seenSum": digest.sum },
      }
    : { expression: "attribute_not_exists(liveCount)" };

/** How many machine sessions there are in the live set that an operator's item holds: CI sessions and previews. */
export const storedLiveCi = (operator: Item | undefined): number => Number(operator?.["liveCi"] ?? 0);
/** How many of them are previews. */
export const storedLivePreviews = (operator: Item | undefined): number => Number(operator?.["livePreviews"] ?? 0);

/** What the digest counts of live sessions beside their ids. */
export type LiveKinds = { ci: number; previews: number };

type OfKind = { ci: boolean; kind?: string | undefined };

/** How many machine sessions, and how many previews among them. */
export const liveKindsOf = (sessions: Iterable<OfKind>): LiveKinds => {
  const kinds = { ci: 0, previews: 0 };
  for (const { ci, kind } of sessions) {
    if (ci) kinds.ci += 1;
    if (kind === "preview") kinds.previews += 1;
  }
  return kinds;
};

/**
 * For each operator instance: the change of its digest by sessions that became live (+1) or stopped being live (-1), and
 * what they add to its totals. `books`: the seat books in which the new live sessions have their place.
 */
export type LiveMoves = Map<string, Move>;

type Move = LiveDigest & LiveKinds & { tally: Tally; books: readonly string[]; denied: boolean };

const NO_MOVE: Move = { ...EMPTY_DIGEST, ci: 0, previews: 0, tally: {}, books: [], denied: false };

/** The book of a session that needs a place and has none: the next heartbeat finds it one. */
export const NO_BOOK = "none";

export const recordMove = (
  moves: LiveMoves,
  instanceId: string,
  session: OfKind & { sessionId: string },
  direction: 1 | -1,
  /** The seat book in which a new live session has its place; none if it needs no seat. */
  book?: string,
): void => {
  const before = moves.get(instanceId) ?? NO_MOVE;
  const { ci, previews } = liveKindsOf([session]);
  moves.set(instanceId, {
    ...before,
    count: before.count + direction,
    sum: before.sum + direction * hash40(session.sessionId),
    ci: before.ci + direction * ci,
    previews: before.previews + direction * previews,
    books: book === undefined || before.books.includes(book) ? before.books : [...before.books, book],
  });
};

/** Notes that a live session there is of another kind than it was noted as. */
export const recordKindChange = (moves: LiveMoves, instanceId: string, before: OfKind, after: OfKind): void => {
  const move = moves.get(instanceId) ?? NO_MOVE;
  const [was, is] = [liveKindsOf([before]), liveKindsOf([after])];
  moves.set(instanceId, {
    ...move,
    ci: move.ci + is.ci - was.ci,
    previews: move.previews + is.previews - was.previews,
  });
};

/** Notes that a denied session is live there: its item among the denied ones is written. */
export const recordDenied = (moves: LiveMoves, instanceId: string): void => {
  moves.set(instanceId, { ...(moves.get(instanceId) ?? NO_MOVE), denied: true });
};

/** Notes what is to be added to an operator's totals by the write that moves its digest. */
export const recordTally = (moves: LiveMoves, instanceId: string, tally: Tally): void => {
  const before = moves.get(instanceId) ?? NO_MOVE;
  moves.set(instanceId, { ...before, tally: addTallies(before.tally, tally) });
};

/**
 * Moves the digests and adds to the totals. This is not part of the sessions' own transactions, so a busy operator item
 * never delays a session. A move that is lost, or made twice by a retry, shows as a difference at the next heartbeat and
 * is reconciled.
 *
 * The totals cannot be reconciled. If a function is killed between a session's transaction and this write, the metrics
 * lack that request. If the answer to this write is lost and the SDK repeats it, they count it twice. Reports and seats
 * count elsewhere.
 */
export const applyMoves = async (table: Table, moves: LiveMoves): Promise<Map<string, Item | undefined>> => {
  const after = new Map<string, Item | undefined>();
  for (const [instanceId, move] of moves) {
    if (isNothing(move)) continue;
    const [book, ...others] = move.books;
    const first = await table.write(moveWrite(instanceId, move, others.length > 0 ? "withdraw" : book));
    const outcome = first.outcome === "written" ? first : await table.write(moveWrite(instanceId, move, "withdraw"));
    if (outcome.outcome === "written") after.set(instanceId, outcome.item);
  }
  return after;
};

const isNothing = (move: Move): boolean =>
  !isMoved(move) && move.ci === 0 && !move.denied && move.books.length === 0 && Object.keys(move.tally).length === 0;

const isMoved = ({ count, sum }: Move): boolean => count !== 0 || sum !== 0;

// The operator's `book` says that every session in its digest has its place in that book. A session of another book
// withdraws it in the same write that takes the session into the digest.
const moveWrite = (
  instanceId: string,
  move: Move,
  book: string | "withdraw" | undefined,
): Write & { kind: "update" } => {
  const { count, sum, ci, previews, tally, denied } = move;
  const sums = {
    ...(isMoved(move) ? { liveCount: count, liveSum: sum } : {}),
    ...(isMoved(move) || ci !== 0 ? { liveCi: ci } : {}),
    // Most operators have none.
    ...(previews === 0 ? {} : { livePreviews: previews }),
    ...tally,
  };
  const added = Object.keys(sums).length === 0 ? { expression: "", values: {} } : addClause(sums);
  // An operator with a live session is not given up. One that is only counted for stays as it is.
  const removed = [...(isMoved(move) ? ["expiresAt"] : []), ...(book === "withdraw" ? ["book"] : [])];
  return {
    kind: "update",
    key: operatorKey(instanceId),
    update: {
      expression: [
        `SET v = :v${denied ? ", hasDenied = :yes" : ""}`,
        removed.length > 0 ? `REMOVE ${removed.join(", ")}` : "",
        added.expression,
      ]
        .join(" ")
        .trim(),
      values: { ":v": ITEM_VERSION, ...(denied ? { ":yes": true } : {}), ...added.values },
    },
    ...(book === undefined || book === "withdraw"
      ? {}
      : {
          condition: { expression: "attribute_not_exists(book) OR book = :book", values: { ":book": book } },
        }),
  };
};

// The first 40 bits, read from hex: a heartbeat does this for each of its sessions, and a Buffer takes twice as long.
const hash40 = (id: string): number => Number.parseInt(hash("sha256", id, "hex").slice(0, 10), 16);

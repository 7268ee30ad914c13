import { hash } from "node:crypto";
import { ITEM_VERSION, operatorKey } from "../contract/keys.ts";
import type { Item, Table } from "../store/table.ts";
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

/** How many CI sessions there are in the live set that an operator's item holds. */
export const storedLiveCi = (operator: Item | undefined): number => Number(operator?.["liveCi"] ?? 0);

/**
 * Sessions that became live (+1) or ceased to be (-1), by the operator instance whose digest they move, with what they add
 * to its totals.
 */
export type LiveMoves = Map<string, LiveDigest & { ci: number; tally: Tally }>;

const NO_MOVE = { ...EMPTY_DIGEST, ci: 0, tally: {} };

export const recordMove = (
  moves: LiveMoves,
  instanceId: string,
  { sessionId, ci }: { sessionId: string; ci: boolean },
  direction: 1 | -1,
): void => {
  const before = moves.get(instanceId) ?? NO_MOVE;
  moves.set(instanceId, {
    ...before,
    count: before.count + direction,
    sum: before.sum + direction * hash40(sessionId),
    ci: before.ci + (ci ? direction : 0),
  });
};

/** Notes what is to be added to an operator's totals by the write that moves its digest. */
export const recordTally = (moves: LiveMoves, instanceId: string, tally: Tally): void => {
  const before = moves.get(instanceId) ?? NO_MOVE;
  moves.set(instanceId, { ...before, tally: addTallies(before.tally, tally) });
};

/**
 * Moves the digests and adds to the totals. Not in the sessions' own transactions, so that a busy operator item never
 * holds a session up: a move lost in between, or made twice by a retry, shows as a difference at the next heartbeat and is
 * reconciled. The totals have nothing to be reconciled with: a function that is killed between a session's transaction and
 * this write, or whose answer from DynamoDB is lost so that it cannot know of its success, costs the metrics what that one
 * request would have added; one whose answer to this very write is lost, and that the SDK repeats, adds it twice. Reports
 * and seats count elsewhere.
 */
export const applyMoves = async (table: Table, moves: LiveMoves): Promise<Map<string, Item | undefined>> => {
  const after = new Map<string, Item | undefined>();
  for (const [instanceId, { count, sum, ci, tally }] of moves) {
    const isMoved = count !== 0 || sum !== 0;
    if (!isMoved && Object.keys(tally).length === 0) continue;
    const added = addClause({ ...(isMoved ? { liveCount: count, liveSum: sum, liveCi: ci } : {}), ...tally });
    const outcome = await table.write({
      kind: "update",
      key: operatorKey(instanceId),
      update: {
        // Who gets or had something live is not given up; who is only counted for stays as it is.
        expression: `SET v = :v ${isMoved ? "REMOVE expiresAt " : ""}${added.expression}`,
        values: { ":v": ITEM_VERSION, ...added.values },
      },
    });
    if (outcome.outcome === "written") after.set(instanceId, outcome.item);
  }
  return after;
};

// The first 40 bits, by way of hex: a heartbeat does it for each of its sessions, and a Buffer each takes twice as long.
const hash40 = (id: string): number => Number.parseInt(hash("sha256", id, "hex").slice(0, 10), 16);

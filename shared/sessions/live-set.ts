import { createHash } from "node:crypto";
import { ITEM_VERSION, operatorKey } from "../contract/keys.ts";
import type { Item, Table } from "../store/table.ts";

/**
 * An order-free digest of a set of session ids: how many there are, and the sum of a 40-bit hash of each. The sums of up
 * to 5,000 stay below 2^53, so DynamoDB's ADD and JavaScript's numbers both hold them exactly.
 */
export type LiveDigest = { count: number; sum: number };

export const EMPTY_DIGEST: LiveDigest = { count: 0, sum: 0 };

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

/** Sessions that became live (+1) or ceased to be (-1), by the operator instance whose digest they move. */
export type LiveMoves = Map<string, LiveDigest>;

export const recordMove = (moves: LiveMoves, instanceId: string, sessionId: string, direction: 1 | -1): void => {
  const before = moves.get(instanceId) ?? EMPTY_DIGEST;
  moves.set(instanceId, {
    count: before.count + direction,
    sum: before.sum + direction * hash40(sessionId),
  });
};

/**
 * Moves the digests. Not in the sessions' own transactions, so that a busy operator item never holds a session up: a
 * move lost in between, or made twice by a retry, shows as a difference at the next heartbeat and is reconciled.
 */
export const applyMoves = async (table: Table, moves: LiveMoves): Promise<Map<string, Item | undefined>> => {
  const after = new Map<string, Item | undefined>();
  for (const [instanceId, { count, sum }] of moves) {
    if (count === 0 && sum === 0) continue;
    const outcome = await table.write({
      kind: "update",
      key: operatorKey(instanceId),
      update: {
        expression: "SET v = :v REMOVE expiresAt ADD liveCount :count, liveSum :sum",
        values: { ":v": ITEM_VERSION, ":count": count, ":sum": sum },
      },
    });
    if (outcome.outcome === "written") after.set(instanceId, outcome.item);
  }
  return after;
};

const hash40 = (id: string): number => createHash("sha256").update(id).digest().readUIntBE(0, 5);

import { deniedKey, deniedPartition, ITEM_VERSION } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, SECOND_MS } from "../contract/time.ts";
import type { Table } from "../store/table.ts";

/** Longer than any session lasts. */
const KEPT_MS = 400 * DAY_MS;

/**
 * The live sessions of an operator that were denied: an item for each, and a flag on the operator's item. So a heartbeat
 * without any reads nothing. An item is written before the flag. One whose session is over or has a seat is stale, and the
 * next look deletes it.
 */
export const noteDenied = async (
  table: Table,
  { instanceId, sessionId }: { instanceId: string; sessionId: string },
  now: EpochMs,
): Promise<void> => {
  const expiresAt = Math.floor((now + KEPT_MS) / SECOND_MS);
  await table.write({ kind: "put", item: { ...deniedKey(instanceId, sessionId), v: ITEM_VERSION, expiresAt } });
};

/** The ids that are noted, read consistently. */
export const readDenied = async (table: Table, instanceId: string): Promise<string[]> =>
  (await table.query({ partition: deniedPartition(instanceId), consistent: true })).map(({ sk }) => String(sk));

export const forgetDenied = async (table: Table, instanceId: string, sessionId: string): Promise<void> => {
  await table.write({ kind: "delete", key: deniedKey(instanceId, sessionId) });
};

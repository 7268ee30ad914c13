import { sessionKey } from "../contract/keys.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table } from "../store/table.ts";
import { type SessionRecord, sessionRecord } from "./record.ts";

const KEYS_AT_ONCE = 100;
const READS_AT_ONCE = 8;

/** The records that exist of these sessions, by their ids, read consistently. */
export const readRecords = async (table: Table, ids: readonly string[]): Promise<Map<string, SessionRecord>> => {
  const found = new Map<string, SessionRecord>();
  const parts = Array.from({ length: Math.ceil(ids.length / KEYS_AT_ONCE) }, (_, part) =>
    ids.slice(part * KEYS_AT_ONCE, (part + 1) * KEYS_AT_ONCE),
  );
  await inParallel(parts, READS_AT_ONCE, async (part) => {
    for (const item of await table.batchGet(part.map(sessionKey), { consistent: true })) {
      const record = sessionRecord(item);
      found.set(record.sessionId, record);
    }
  });
  return found;
};

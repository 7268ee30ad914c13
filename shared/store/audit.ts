import { auditKey, ITEM_VERSION, type Key } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Item, Write } from "./table.ts";

/** What an audit row tells: who did what. A decision's kind adds what it was done to. */
export type AuditEntry = { action: string; actor: string };

/** The audit row of a decision. It goes into the decision's own transaction: neither is ever there without the other. */
export const auditWrite = (entry: AuditEntry, now: EpochMs, id: string, retentionDays: number): Write => {
  const item: Key & Item = {
    ...auditKey(formatTime(now), id),
    v: ITEM_VERSION,
    ...entry,
    time: formatTime(now),
    expiresAt: Math.floor((now + retentionDays * DAY_MS) / SECOND_MS),
  };
  return { kind: "put", item };
};

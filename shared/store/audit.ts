import { auditKey, ITEM_VERSION, type Key } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Item, Write } from "./table.ts";

/** An audit row: who did what. Each action adds its own fields. */
export type AuditEntry = { action: string; actor: string };

/** The audit row of a decision. It must be in the decision's transaction, so that neither exists without the other. */
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

import { auditWrite } from "../../store/audit.ts";
import { type Pace, retrying } from "../../store/retry.ts";
import type { Table } from "../../store/table.ts";
import { listOperators } from "../list.ts";
import { freeSlot } from "./free-slot.ts";
import { readSlot } from "./slot.ts";

export type ReleaseDeps = { table: Table; pace: Pace; newId: () => string; retentionDays: number };

/**
 * Releases the slot of an installation at once. If the installation still runs, its next heartbeat takes a slot again, if there is
 * one. Returns false if it has no slot. Throws `StoreUnavailable`.
 */
export const releaseInstallation = (
  { table, pace, newId, retentionDays }: ReleaseDeps,
  installation: string,
  /** Who released it, for the audit. */
  actor: string,
  { now, deadline }: { now: number; deadline: number },
): Promise<boolean> =>
  retrying(pace, deadline, async () => {
    const slot = await readSlot(table, installation);
    if (slot === undefined) return false;
    const operators = await listOperators(table, { consistent: true });
    const entry = { action: "operator.released", actor, installation };
    const also = [auditWrite(entry, now, newId(), retentionDays)];
    return (await freeSlot(table, slot, now, { operators, unheard: false, also })) || undefined;
  });

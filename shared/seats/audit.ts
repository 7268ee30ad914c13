import type { EpochMs } from "../contract/time.ts";
import { auditWrite as auditRow } from "../store/audit.ts";
import type { Write } from "../store/table.ts";

export type AuditEntry = {
  action: "seat.claimed" | "seat.overage" | "seat.denied" | "seat.released";
  /** Who caused it: the operator instance, or the holder of the token. */
  actor: string;
  seatId: string;
  /** The partition of the seat book. Rows of earlier releases do not have it. */
  book: string;
  sessionId?: string;
  /** The pool that counts the seat, where seats are reserved. */
  pool?: string;
  kubernetesUsername: string;
  clientHostname: string;
};

/** The pool of a seat in its audit rows. */
export const poolIn = (pool: string | undefined): Pick<AuditEntry, "pool"> => (pool === undefined ? {} : { pool });

/** The audit row of a decision about a seat. */
export const auditWrite = (entry: AuditEntry, now: EpochMs, id: string, retentionDays: number): Write =>
  auditRow(entry, now, id, retentionDays);

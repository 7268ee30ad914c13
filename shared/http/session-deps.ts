import type { HeartbeatDeps } from "../heartbeat/heartbeat.ts";
import type { Call } from "./handler.ts";
import type { Runtime } from "./runtime.ts";

/** The dependencies of the session use cases, for one request. */
export const sessionDeps = (runtime: Runtime, { log }: Pick<Call, "log">): HeartbeatDeps => ({
  table: runtime.table,
  usageMarks: runtime.usageMarks.ofRequest(),
  pace: runtime.pace,
  log,
  pseudonymsOnly: runtime.env.PSEUDONYMS_ONLY,
  newId: runtime.newId,
  retentionDays: runtime.env.RETENTION_SESSIONS_DAYS,
  errorRetentionDays: runtime.env.RETENTION_OPERATOR_ERRORS_DAYS,
  staleMs: runtime.staleMs,
  currentBook: runtime.currentBook,
  counts: runtime.counts,
  allowOverages: runtime.env.SEATS_ALLOW_OVERAGES,
  policies: runtime.policies,
});

import type { EpochMs } from "../contract/time.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { UsageMarks } from "../usage/marks.ts";

/** The dependencies of the use cases of sessions. */
export type SessionDeps = {
  table: Table;
  usageMarks: UsageMarks;
  pace: Pace;
  log: Logger;
  /** Whether the log must not name people and machines. */
  pseudonymsOnly: boolean;
  newId: () => string;
  retentionDays: number;
  /** An operator is stale after this long without a heartbeat. */
  staleMs: number;
};

/** When a request came, and until when it may be handled. */
export type Moment = { now: EpochMs; deadline: EpochMs };

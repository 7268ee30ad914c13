import type { EpochMs } from "../contract/time.ts";
import type { Pace } from "../store/retry.ts";
import type { Table } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { UsageMarks } from "../usage/marks.ts";

/** What the use-cases of sessions work with. */
export type SessionDeps = {
  table: Table;
  usageMarks: UsageMarks;
  pace: Pace;
  log: Logger;
  /** Whether the log must not name people and machines. */
  pseudonymsOnly: boolean;
  newId: () => string;
  retentionDays: number;
  /** After this long without a heartbeat an operator is stale. */
  staleMs: number;
};

/** When a request came, and until when it may be worked on. */
export type Moment = { now: EpochMs; deadline: EpochMs };

import { randomBytes } from "node:crypto";
import type { BackfillDeps, HistoryRow } from "../../shared/data-care/backfill.ts";
import type { EraseDeps } from "../../shared/data-care/erasure/erase.ts";
import { type RollupDifference, type VerifyOptions, verifyUsage } from "../../shared/data-care/verify.ts";
import { endedSessionsOfDay } from "../../shared/sessions/ended-sessions.ts";
import { RETENTION_MARGIN_DAYS } from "../../shared/sessions/events.ts";
import { scanOf } from "../../shared/store/scan.ts";
import type { Table } from "../../shared/store/table.ts";
import { usageMarks } from "../../shared/usage/marks.ts";
import type { App } from "./app.ts";

export const RETENTION_DAYS = 365;
export const DAY = 86_400_000;

/** What the commands that look after the data work with, over a server's table. */
export const careDeps = (app: App, table: Table = app.table): BackfillDeps & EraseDeps => {
  const pace = {
    now: () => app.clock.now,
    random: Math.random,
    sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
  return {
    table,
    pace,
    usageMarks: usageMarks(table, pace.now, RETENTION_DAYS),
    retentionDays: RETENTION_DAYS,
    scan: scanOf(app.client, app.tableName),
    newSecret: () => randomBytes(32).toString("base64url"),
  };
};

/** Verifies or repairs all that is kept, and gives the differences it told of. */
export const verifyAll = async (
  app: App,
  options: Partial<VerifyOptions> = {},
  table: Table = app.table,
): Promise<RollupDifference[]> => {
  const differences: RollupDifference[] = [];
  await verifyUsage(
    {
      table,
      pace: careDeps(app).pace,
      pauseMs: 10,
      sessionsOfDay: (day) => endedSessionsOfDay(table, day),
    },
    {
      now: app.clock.now,
      retentionDays: RETENTION_DAYS,
      marginDays: RETENTION_MARGIN_DAYS,
      repair: false,
      ...options,
    },
    { difference: (difference) => void differences.push(difference), month: () => undefined },
  );
  return differences;
};

export type Told = {
  id?: string;
  user?: string;
  machine?: string;
  host?: string;
  name?: string;
  target?: string;
  ci?: boolean;
  /** What triggered it: then it is a CI run of the pipeline `e2e`. */
  trigger?: string;
  start: number;
  seconds: number;
};

/** A row of history as the wire nests it. */
export const historyRow = (line: number, told: Told): HistoryRow => ({
  line,
  value: {
    ...(told.id === undefined ? {} : { session_id: told.id }),
    started_at: new Date(told.start).toISOString(),
    ended_at: new Date(told.start + told.seconds * 1_000).toISOString(),
    ci: told.ci ?? false,
    ...(told.trigger === undefined
      ? {}
      : {
          session_kind: "ci",
          ci_info: { pipeline: "e2e", triggered_by: told.trigger },
          target_labels: { of: told.trigger },
        }),
    client: {
      id: told.machine ?? "machine-1",
      hostname: told.host ?? "host-1",
      username: told.name ?? "name-1",
      kubernetes_username: told.user ?? "user-1",
    },
    target: { namespace: "shop", kind: "deployment", name: told.target ?? "cart" },
  },
});

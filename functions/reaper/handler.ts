import { SECOND_MS } from "../../shared/contract/time.ts";
import { type ReapDeps, reapOperators } from "../../shared/heartbeat/reap.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jobHandler } from "../../shared/jobs/job-handler.ts";
import { noteJobRun } from "../../shared/notices/job-runs.ts";
import type { Logger } from "../../shared/telemetry/logger.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime) =>
  jobHandler({
    name: "reaper",
    now: runtime.now,
    log: runtime.log,
    run: async (call) => {
      const reaped = await reapOperators(reapDeps(runtime, call.log), call);
      // Lambda runs it again soon. The steps that succeeded are not repeated.
      if (reaped.failed > 0) throw new Error(`not all was done: ${JSON.stringify(reaped)}`);
      await noteJobRun(runtime.table, "reaper", call.now);
      return reaped;
    },
  });

const reapDeps = ({ env, table, usageMarks, pace, newId, staleMs }: Runtime, log: Logger): ReapDeps => ({
  ...{ table, usageMarks, pace, newId, staleMs, log },
  pseudonymsOnly: env.PSEUDONYMS_ONLY,
  retentionDays: env.RETENTION_SESSIONS_DAYS,
  lostAfterMs: env.OPERATOR_LOST_SECONDS * SECOND_MS,
});

export const handler = create(createRuntime("reaper"));

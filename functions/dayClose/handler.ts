import { closeDays } from "../../shared/day-close/close-days.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jobHandler } from "../../shared/jobs/job-handler.ts";
import { noteJobRun } from "../../shared/notices/job-runs.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime) =>
  jobHandler({
    name: "dayClose",
    now: runtime.now,
    log: runtime.log,
    run: async (call) => {
      const { table, pace, env } = runtime;
      const retentionDays = env.RETENTION_SESSIONS_DAYS;
      const closed = await closeDays(
        { table, pace, log: call.log, retentionDays, anchorDay: env.SEATS_ANCHOR_DAY },
        call,
      );
      await noteJobRun(table, "dayClose", call.now);
      return closed;
    },
  });

export const handler = create(createRuntime("dayClose"));

import { SECOND_MS } from "../../shared/contract/time.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jobHandler } from "../../shared/jobs/job-handler.ts";
import { type Notify, notifier } from "../../shared/notices/notifier.ts";
import { watch } from "../../shared/notices/watch.ts";
import { type ReportOverdueDeps, reportOverdueSeconds } from "../../shared/reports/report-overdue.ts";

/** Builds the handler from a runtime and a way to notify people: the process's own below, fakes in tests. */
export const create = (runtime: Runtime, notify: Notify = notifier(runtime.env.NOTIFY_TOPIC_ARN, runtime.log)) =>
  jobHandler({
    name: "watch",
    now: runtime.now,
    log: runtime.log,
    run: async (call) => {
      const { table, currentBook, staleMs, now: clock } = runtime;
      const license = await runtime.license();
      call.log.measure("reports", { ReportOverdueSeconds: await reportOverdueSeconds(reportsOf(runtime), call.now) });
      return watch({ table, currentBook, staleMs, clock, notify }, license, call);
    },
  });

const reportsOf = ({ table, env }: Runtime): ReportOverdueDeps => ({
  table,
  schedule: env.REPORT_SCHEDULE,
  timeZone: env.REPORT_TIME_ZONE,
  lostAfterMs: env.OPERATOR_LOST_SECONDS * SECOND_MS,
});

export const handler = create(createRuntime("watch"));

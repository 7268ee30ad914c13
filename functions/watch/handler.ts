import { SECOND_MS } from "../../shared/contract/time.ts";
import { dayCloseLagSeconds } from "../../shared/day-close/day-close-lag.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jobHandler } from "../../shared/jobs/job-handler.ts";
import type { Lateness } from "../../shared/notices/conditions.ts";
import { readJobRuns } from "../../shared/notices/job-runs.ts";
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
      const { table, currentBook, staleMs, env, now: clock } = runtime;
      const license = await runtime.license();
      const late = await latenessOf(runtime, call.now);
      const { reportOverdueSeconds: ReportOverdueSeconds, dayCloseLagSeconds: DayCloseLagSeconds } = late;
      call.log.measure("lateness", { ReportOverdueSeconds, DayCloseLagSeconds });
      const thresholds = {
        licenseDays: env.NOTICE_LICENSE_DAYS,
        seatsPercent: env.NOTICE_SEATS_PERCENT,
        denials: env.NOTICE_DENIALS,
      };
      const lateness = env.NOTICE_CONDITIONS ? late : undefined;
      return watch({ table, currentBook, staleMs, clock, notify, thresholds, lateness }, license, call);
    },
  });

const latenessOf = async (runtime: Runtime, now: number): Promise<Lateness> => {
  const { table, env } = runtime;
  return {
    reportOverdueSeconds: await reportOverdueSeconds(reportsOf(runtime), now),
    dayCloseLagSeconds: await dayCloseLagSeconds(table, now, env.RETENTION_SESSIONS_DAYS),
    lastRuns: await readJobRuns(table, now),
  };
};

const reportsOf = ({ table, env }: Runtime): ReportOverdueDeps => ({
  table,
  schedule: env.REPORT_SCHEDULE,
  timeZone: env.REPORT_TIME_ZONE,
  lostAfterMs: env.OPERATOR_LOST_SECONDS * SECOND_MS,
});

export const handler = create(createRuntime("watch"));

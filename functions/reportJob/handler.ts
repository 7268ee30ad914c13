import { SECOND_MS } from "../../shared/contract/time.ts";
import { heldLicense } from "../../shared/http/held-license.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { shownNames } from "../../shared/http/shown-names.ts";
import { jobHandler } from "../../shared/jobs/job-handler.ts";
import { type Notify, notifier } from "../../shared/notices/notifier.ts";
import { makeUsageWorkbook } from "../../shared/reports/make-usage-workbook.ts";
import { type ReportJobDeps, runReportJob } from "../../shared/reports/report-job.ts";
import { openReportStore } from "../../shared/store/open-report-store.ts";
import type { ReportStore } from "../../shared/store/report-store.ts";

type Outside = { reports: ReportStore; notify: Notify };

/** Builds the handler from a runtime and the outside world: the process's own below, fakes in tests. */
export const create = (runtime: Runtime, outside: Outside = outsideOf(runtime)) =>
  jobHandler({
    name: "reportJob",
    now: runtime.now,
    log: runtime.log,
    run: ({ event, now }) => runReportJob(jobDeps(runtime, outside), event, now),
  });

const outsideOf = ({ env, log }: Runtime): Outside => ({
  reports: openReportStore(env),
  notify: notifier(env.NOTIFY_TOPIC_ARN, log),
});

const jobDeps = (runtime: Runtime, outside: Outside): ReportJobDeps => ({
  ...outside,
  table: runtime.table,
  schedule: runtime.env.REPORT_SCHEDULE,
  timeZone: runtime.env.REPORT_TIME_ZONE,
  lostAfterMs: runtime.env.OPERATOR_LOST_SECONDS * SECOND_MS,
  makeWorkbook: async ({ from, to }, now) => {
    const [license, names] = [await heldLicense(runtime.license), await shownNames(runtime)];
    const deps = { table: runtime.table, license, anchorDay: runtime.env.SEATS_ANCHOR_DAY, names };
    return makeUsageWorkbook(deps, { period: { from, to }, primaryKey: undefined, now });
  },
});

export const handler = create(createRuntime("reportJob"));

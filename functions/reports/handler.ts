import { getDenials } from "../../shared/http/endpoints/denials.ts";
import { getErrors } from "../../shared/http/endpoints/errors.ts";
import { getSeatForecast } from "../../shared/http/endpoints/seat-forecast.ts";
import { getSeatHistory } from "../../shared/http/endpoints/seat-history.ts";
import { getUsageReport } from "../../shared/http/endpoints/usage-report.ts";
import { getUsageTrends } from "../../shared/http/endpoints/usage-trends.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { openReportStore } from "../../shared/store/open-report-store.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime, reports = openReportStore(runtime.env)) => {
  const { now, log, checkAddress, newId, licenseKeys, access } = runtime;
  return httpHandler({
    now,
    log,
    checkAddress,
    authenticator: { checkKey: licenseKeys.accepts, access, now },
    largeAnswers: { reports, newId },
    endpoints: {
      usageReport: getUsageReport(runtime),
      usageTrends: getUsageTrends(runtime),
      errorReport: getErrors(runtime),
      denialReport: getDenials(runtime),
      seatHistory: getSeatHistory(runtime),
      seatForecast: getSeatForecast(runtime),
    },
  });
};

export const handler = create(createRuntime("reports"));

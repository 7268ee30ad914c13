import page from "../../dashboard/dist/page.json" with { type: "json" };
import { getDashboard, getRoot } from "../../shared/http/endpoints/dashboard.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = ({ now, log, checkAddress, env }: Runtime) =>
  httpHandler({
    now,
    log,
    checkAddress,
    endpoints: {
      root: getRoot({ enabled: env.DASHBOARD_ENABLED, publicUrl: env.PUBLIC_URL }),
      dashboard: getDashboard(page, { enabled: env.DASHBOARD_ENABLED, bucketOrigin: env.REPORT_BUCKET_ORIGIN }),
    },
  });

export const handler = create(createRuntime("dashboard"));

import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jobHandler } from "../../shared/jobs/job-handler.ts";
import { watchLicense } from "../../shared/licensing/watch.ts";

/** The function over a runtime: the process's own below, a test's elsewhere. */
export const create = ({ license, now, log }: Runtime) =>
  jobHandler({
    name: "licenseWatch",
    now,
    log,
    run: async (call) => watchLicense(await license(), call.now, call.log),
  });

export const handler = create(createRuntime("licenseWatch"));

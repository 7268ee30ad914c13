import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { jobHandler } from "../../shared/jobs/job-handler.ts";

/** The function over a runtime: the process's own below, a test's elsewhere. */
export const create = ({ now, log }: Runtime) => jobHandler({ name: "dayClose", now, log, run: async () => ({}) });

export const handler = create(createRuntime("dayClose"));

import { getMetrics } from "../../shared/http/endpoints/metrics.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime) => {
  const { now, log, checkAddress, licenseKeys, access } = runtime;
  return httpHandler({
    now,
    log,
    checkAddress,
    authenticator: { checkKey: licenseKeys.accepts, access, now },
    endpoints: { metrics: getMetrics(runtime) },
  });
};

export const handler = create(createRuntime("metrics"));

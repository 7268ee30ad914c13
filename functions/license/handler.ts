import { getJwks } from "../../shared/http/endpoints/jwks.ts";
import { getLicense, postLicense } from "../../shared/http/endpoints/license.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime) => {
  const { now, log, checkAddress, licenseKeys, access, env } = runtime;
  return httpHandler({
    now,
    log,
    checkAddress,
    slowMs: env.SLOW_REQUEST_MS,
    authenticator: { checkKey: licenseKeys.accepts, access, now },
    endpoints: { jwks: getJwks(runtime), licenseGet: getLicense(runtime), licensePost: postLicense(runtime) },
  });
};

export const handler = create(createRuntime("license"));

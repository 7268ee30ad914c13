import { postSession, postSessionEnd } from "../../shared/http/endpoints/sessions.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { unknownRouteLogger } from "../../shared/http/unknown-route.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime) => {
  const { now, log, checkAddress, licenseKeys, leaseKeys, env } = runtime;
  return httpHandler({
    now,
    log,
    slowMs: env.SLOW_REQUEST_MS,
    checkAddress,
    authenticator: { checkKey: licenseKeys.accepts, lease: { keys: leaseKeys, issuer: env.TOKEN_ISSUER }, now },
    onUnknownRoute: unknownRouteLogger(licenseKeys.accepts, log),
    endpoints: { sessionStart: postSession(runtime), sessionEnd: postSessionEnd(runtime) },
  });
};

export const handler = create(createRuntime("sessions"));

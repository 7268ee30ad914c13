import { postHeartbeat } from "../../shared/http/endpoints/heartbeat.ts";
import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = (runtime: Runtime) => {
  const { now, log, checkAddress, licenseKeys, leaseKeys, access, env } = runtime;
  return httpHandler({
    now,
    log,
    slowMs: env.SLOW_REQUEST_MS,
    checkAddress,
    authenticator: {
      checkKey: licenseKeys.accepts,
      lease: { keys: leaseKeys, issuer: env.TOKEN_ISSUER },
      access,
      now,
    },
    endpoints: { heartbeat: postHeartbeat(runtime) },
  });
};

export const handler = create(createRuntime("heartbeat"));

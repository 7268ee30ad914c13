import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";

/** The function over a runtime: the process's own below, a test's elsewhere. */
export const create = ({ now, log, licenseKeys, accessKeys, env }: Runtime) =>
  httpHandler({
    now,
    log,
    authenticator: { checkKey: licenseKeys.accepts, access: { keys: accessKeys, issuer: env.TOKEN_ISSUER }, now },
    endpoints: {},
  });

export const handler = create(createRuntime("metrics"));

import { httpHandler } from "../../shared/http/handler.ts";
import { createRuntime, type Runtime } from "../../shared/http/runtime.ts";
import { unknownRouteLogger } from "../../shared/http/unknown-route.ts";

/** Builds the handler from a runtime: the process's own below, another in tests. */
export const create = ({ now, log, checkAddress, licenseKeys }: Runtime) =>
  httpHandler({ now, log, checkAddress, endpoints: {}, onUnknownRoute: unknownRouteLogger(licenseKeys.accepts, log) });

export const handler = create(createRuntime("fallback"));

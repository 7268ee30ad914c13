import type { LicenseKeyCheck } from "../licensing/license-key.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ApiRequest } from "./request.ts";

/**
 * Logs a request with the right license key to an unknown route. It shows whether a stock operator calls routes that this
 * server does not have. Requests without the key are not logged.
 */
export const unknownRouteLogger =
  (checkKey: LicenseKeyCheck, log: Logger) =>
  async (request: ApiRequest): Promise<void> => {
    const key = request.header("x-license-key");
    if (key === undefined || !(await checkKey(key).catch(() => false))) return;
    log.warn("unknown route", { method: request.method, path: request.path, body_bytes: request.body.byteLength });
  };

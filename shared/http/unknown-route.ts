import type { LicenseKeyCheck } from "../licensing/license-key.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { ApiRequest } from "./request.ts";

/**
 * Logs what a holder of the license key asked for in vain: should a real operator speak routes that we do not know, this
 * is where it shows. Others' probes are not worth a line.
 */
export const unknownRouteLogger =
  (checkKey: LicenseKeyCheck, log: Logger) =>
  async (request: ApiRequest): Promise<void> => {
    const key = request.header("x-license-key");
    if (key === undefined || !(await checkKey(key).catch(() => false))) return;
    log.warn("unknown route", { method: request.method, path: request.path, body_bytes: request.body.byteLength });
  };

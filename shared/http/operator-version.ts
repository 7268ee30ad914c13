import { operatorKey } from "../contract/keys.ts";
import { enforcedMinimum } from "../licensing/edition.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { judgeVersion } from "../licensing/operator-version.ts";
import { operatorFrom } from "../operators/operator.ts";
import type { Call } from "./handler.ts";
import { ApiProblem } from "./problem.ts";
import type { Runtime } from "./runtime.ts";

/**
 * Throws 403 `OperatorTooOld` for an operator older than the license requires. A premium license only logs it. A version
 * that is not semantic, such as that of a development build, cannot be compared: it is allowed and logged.
 */
export const requireVersion = (license: LicenseFile, instanceId: string, version: string, call: Call): void => {
  const minimum = enforcedMinimum(license.terms);
  if (minimum === null) {
    warnOfVersion(license, instanceId, version, call);
    return;
  }
  const { log } = call;
  const verdict = judgeVersion(version, minimum);
  if (verdict === "unknown")
    log.warn("operator version cannot be compared", { instance_id: instanceId, operator_version: version, minimum });
  if (verdict === "too old")
    throw new ApiProblem("OperatorTooOld", `The license requires operator ${minimum} or later`);
};

/** Logs that an operator is older than the license requires, where that refuses nothing. */
export const warnOfVersion = (
  { terms: { minOperatorVersion: minimum } }: LicenseFile,
  instanceId: string,
  version: string | undefined,
  { log }: Call,
): void => {
  if (minimum === null || version === undefined || judgeVersion(version, minimum) !== "too old") return;
  log.warn("operator is older than the license requires", {
    instance_id: instanceId,
    operator_version: version,
    minimum,
  });
};

/**
 * The same for a request without its operator's version. An operator that is not known yet is allowed: its license call
 * or its next heartbeat has the version.
 */
export const requireKnownVersion = async (
  { table }: Runtime,
  license: LicenseFile,
  instanceId: string,
  call: Call,
): Promise<void> => {
  if (enforcedMinimum(license.terms) === null) return;
  const item = await table.get(operatorKey(instanceId), { consistent: false });
  const version = item && operatorFrom(item).version;
  if (version !== undefined) requireVersion(license, instanceId, version, call);
};

import { operatorKey } from "../contract/keys.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { judgeVersion } from "../licensing/operator-version.ts";
import { operatorFrom } from "../operators/operator.ts";
import type { Call } from "./handler.ts";
import { ApiProblem } from "./problem.ts";
import type { Runtime } from "./runtime.ts";

/**
 * Throws 403 `OperatorTooOld` for an operator older than the license requires. A version that is not semantic, such as
 * that of a development build, cannot be compared: it is allowed and logged.
 */
export const requireVersion = ({ terms }: LicenseFile, instanceId: string, version: string, { log }: Call): void => {
  const minimum = terms.minOperatorVersion;
  if (minimum === null) return;
  const verdict = judgeVersion(version, minimum);
  if (verdict === "unknown")
    log.warn("operator version cannot be compared", { instance_id: instanceId, operator_version: version, minimum });
  if (verdict === "too old")
    throw new ApiProblem("OperatorTooOld", `The license requires operator ${minimum} or later`);
};

/** Logs that an agent's operator is older than the license requires. The version judges the operator, not its agent. */
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
  if (license.terms.minOperatorVersion === null) return;
  const item = await table.get(operatorKey(instanceId), { consistent: false });
  const version = item && operatorFrom(item).version;
  if (version !== undefined) requireVersion(license, instanceId, version, call);
};

import { operatorKey } from "../contract/keys.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { judgeVersion } from "../licensing/operator-version.ts";
import { operatorFrom } from "../operators/operator.ts";
import type { Call } from "./handler.ts";
import { ApiProblem } from "./problem.ts";
import type { Runtime } from "./runtime.ts";

/**
 * Refuses an operator that is older than the license asks for: 403 `OperatorTooOld`. A version that is no semantic one,
 * such as a development build's, is let in and logged: nobody can say that it is older.
 */
export const requireVersion = ({ terms }: LicenseFile, instanceId: string, version: string, { log }: Call): void => {
  const minimum = terms.minOperatorVersion;
  if (minimum === null) return;
  const verdict = judgeVersion(version, minimum);
  if (verdict === "untold")
    log.warn("operator version cannot be compared", { instance_id: instanceId, operator_version: version, minimum });
  if (verdict === "too old")
    throw new ApiProblem("OperatorTooOld", `the license asks for operator ${minimum} or later`);
};

/**
 * The same for a request that does not say its operator's version. One that has not been heard of is let in: its license
 * call or its next heartbeat tells.
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

import { NoQuery } from "../../contract/queries.ts";
import { LicensePostBody } from "../../contract/requests.ts";
import type { LicenseGetResponse, LicenseObject, LicensePostResponse } from "../../contract/responses.ts";
import { SERVER } from "../../contract/server.ts";
import { type EpochMs, formatTime } from "../../contract/time.ts";
import { recordError, UNKNOWN_VERSION } from "../../heartbeat/operator-errors.ts";
import { takingTurns } from "../../heartbeat/superseded.ts";
import { editionFields } from "../../licensing/edition.ts";
import { KEY_NAMES } from "../../licensing/key-seen.ts";
import type { LicenseFile } from "../../licensing/license-file.ts";
import { licenseStatus, validSeconds } from "../../licensing/status.ts";
import { register } from "../../operators/register.ts";
import type { SignOfLife } from "../../operators/sign-of-life.ts";
import { prefers } from "../accept.ts";
import type { Call, Endpoint } from "../handler.ts";
import { toAgent } from "../heartbeat-decode.ts";
import { heldLicense } from "../held-license.ts";
import { leaseAnswer } from "../lease-answer.ts";
import { keyNoter } from "../note-keys.ts";
import { operatorSlots } from "../operator-slots.ts";
import { requireVersion, warnOfVersion } from "../operator-version.ts";
import { requireOwnInstance } from "../own-instance.ts";
import { parseBody, parseQuery } from "../parse.ts";
import { ApiProblem } from "../problem.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

const PEM_TYPE = "application/x-pem-file";

/** `GET /api/v1/license`: the PEM verbatim if `Accept` prefers it, else PEM and terms. An access token gets no PEM, except an agent's. */
export const getLicense =
  (runtime: Runtime): Endpoint =>
  async (request, { now, principal }) => {
    parseQuery(request, NoQuery);
    const withPem = principal.kind !== "access";
    const wantsPem = prefers(request.header("accept"), { type: PEM_TYPE }, "application/json");
    if (!withPem && wantsPem)
      throw new ApiProblem(
        "Forbidden",
        "Permission denied: an access token gets the terms of the license, not the license file",
      );
    const held = await heldLicense(runtime.license);
    if (wantsPem)
      return {
        status: 200,
        headers: { "content-type": PEM_TYPE, vary: "accept" },
        body: Buffer.from(held.pem, "utf8"),
      };
    const license = { ...(withPem ? { pem: held.pem } : {}), ...licenseTerms(held, now) };
    const body: LicenseGetResponse = { license, server_time: formatTime(now) };
    return json(200, body, { vary: "accept" });
  };

/** `POST /api/v1/license`: registers an operator that starts, and returns the license and a lease. */
export const postLicense = (runtime: Runtime): Endpoint => {
  const noteKeys = keyNoter(runtime, KEY_NAMES);
  const slots = operatorSlots(runtime);
  return async (request, call) => {
    const input = parseBody(request, LicensePostBody);
    requireOwnInstance(call.principal, input.instance_id);
    call.note({ instance_id: input.instance_id });
    const { now } = call;
    const held = await heldLicense(runtime.license);
    if (input.agent === undefined) requireVersion(held, input.instance_id, input.operator_version ?? "", call);
    else warnOfVersion(held, input.instance_id, input.operator_version, call);
    await slots.require(held, input, call);
    await Promise.all([noteLicense(runtime, held, call), noteKeys(call)]);
    const lease = await leaseAnswer(runtime, { instanceId: input.instance_id, license: held, nonce: input.nonce, now });
    const sign = {
      instanceId: input.instance_id,
      version: input.operator_version,
      cluster: input.cluster_name,
      clusterId: input.cluster_id,
      agent: input.agent && toAgent(input.agent),
      fingerprint: held.fingerprint,
      leaseUntil: lease.until,
      now,
    };
    const { seq, rival } = await register(runtime.table, sign);
    if (rival !== undefined) await noteRival(runtime, sign, rival, call);
    const body: LicensePostResponse = {
      license: { pem: held.pem, ...licenseTerms(held, now) },
      ...lease.answer,
      seq,
      server: SERVER,
      server_time: formatTime(now),
    };
    return json(200, body);
  };
};

// The registration is noted. If the error cannot be stored, the log has it.
const noteRival = async (
  { table, env }: Runtime,
  { instanceId, version, agent, fingerprint, now }: SignOfLife,
  rival: string,
  { log }: Call,
): Promise<void> => {
  const error = takingTurns(agent?.processId ?? "", rival);
  log.warn("two agents report for one cluster", { instance_id: instanceId, error });
  const retentionDays = env.RETENTION_OPERATOR_ERRORS_DAYS;
  const of = { instanceId, version: version ?? UNKNOWN_VERSION, fingerprint, retentionDays, sentAt: now, now };
  try {
    await recordError(table, { time: now, error }, of);
  } catch (failure) {
    log.warn("operator error not stored", { error: failure });
  }
};

// Noting the license is for the records only: if it fails, the operator still gets its license.
const noteLicense = async (runtime: Runtime, license: LicenseFile, { now, log }: Call): Promise<void> => {
  try {
    await runtime.licenseSeen(license, now);
  } catch (error) {
    log.warn("license not noted", { error });
  }
};

const licenseTerms = (license: LicenseFile, now: EpochMs): Omit<LicenseObject, "pem"> => ({
  fingerprint: license.fingerprint,
  name: license.name,
  organization: license.organization,
  expire_at: formatTime(license.expiresAt),
  valid_seconds: validSeconds(license, now),
  status: licenseStatus(license, now),
  type: license.terms.type,
  trial: license.terms.trial,
  max_seats: license.terms.maxSeats,
  seat_tracking_mode: license.terms.trackingMode,
  subscription_id: license.terms.subscriptionId,
  organization_id: license.terms.organizationId,
  ...editionFields(license.terms.edition),
});

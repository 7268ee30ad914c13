import { NoQuery } from "../../contract/queries.ts";
import { LicensePostBody } from "../../contract/requests.ts";
import type { LicenseGetResponse, LicenseObject, LicensePostResponse } from "../../contract/responses.ts";
import { SERVER } from "../../contract/server.ts";
import { type EpochMs, formatTime } from "../../contract/time.ts";
import { KEY_NAMES } from "../../licensing/key-seen.ts";
import type { LicenseFile } from "../../licensing/license-file.ts";
import { licenseStatus, validSeconds } from "../../licensing/status.ts";
import { operatorFrom, registrationWrite } from "../../operators/operator.ts";
import type { WriteOutcome } from "../../store/table.ts";
import { prefers } from "../accept.ts";
import type { Call, Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { leaseAnswer } from "../lease-answer.ts";
import { keyNoter } from "../note-keys.ts";
import { requireVersion } from "../operator-version.ts";
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
  return async (request, call) => {
    const input = parseBody(request, LicensePostBody);
    requireOwnInstance(call.principal, input.instance_id);
    call.note({ instance_id: input.instance_id });
    const { now } = call;
    const held = await heldLicense(runtime.license);
    if (input.operator_version !== undefined) requireVersion(held, input.instance_id, input.operator_version, call);
    await Promise.all([noteLicense(runtime, held, call), noteKeys(call)]);
    const lease = await leaseAnswer(runtime, { instanceId: input.instance_id, license: held, nonce: input.nonce, now });
    const registration = await runtime.table.write(
      registrationWrite({
        instanceId: input.instance_id,
        version: input.operator_version,
        cluster: input.cluster_name,
        fingerprint: held.fingerprint,
        leaseUntil: lease.until,
        now,
      }),
    );
    const body: LicensePostResponse = {
      license: { pem: held.pem, ...licenseTerms(held, now) },
      ...lease.answer,
      seq: notedSeq(registration),
      server: SERVER,
      server_time: formatTime(now),
    };
    return json(200, body);
  };
};

// A registration changes nothing if a heartbeat came later: a function may be frozen for a while.
const notedSeq = (registration: WriteOutcome): number =>
  registration.outcome === "written" ? 0 : (operatorFrom(registration.found ?? {}).seq ?? 0);

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
});

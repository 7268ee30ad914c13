import { NoQuery } from "../../contract/queries.ts";
import { LicensePostBody } from "../../contract/requests.ts";
import type { LicenseGetResponse, LicenseObject, LicensePostResponse } from "../../contract/responses.ts";
import { type EpochMs, formatTime, SECOND_MS } from "../../contract/time.ts";
import type { LicenseFile } from "../../licensing/license-file.ts";
import { licenseStatus } from "../../licensing/status.ts";
import { registrationWrite } from "../../sessions/operator.ts";
import type { Endpoint } from "../handler.ts";
import { heldLicense } from "../held-license.ts";
import { leaseAnswer } from "../lease-answer.ts";
import { parseBody, parseQuery } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";

/** `GET /api/v1/license`: the PEM verbatim where it is asked for, else its terms with it. */
export const getLicense =
  ({ license }: Runtime): Endpoint =>
  async (request, { now }) => {
    parseQuery(request, NoQuery);
    const held = await heldLicense(license);
    if (wantsPem(request.header("accept")))
      return {
        status: 200,
        headers: { "content-type": "application/x-pem-file" },
        body: Buffer.from(held.pem, "utf8"),
      };
    const body: LicenseGetResponse = { license: licenseObject(held, now), server_time: formatTime(now) };
    return json(200, body);
  };

/** `POST /api/v1/license`: registers an operator that starts, and gives it the license and a lease. */
export const postLicense =
  (runtime: Runtime): Endpoint =>
  async (request, { now }) => {
    parseQuery(request, NoQuery);
    const input = parseBody(request, LicensePostBody);
    const held = await heldLicense(runtime.license);
    const lease = await leaseAnswer(runtime, { instanceId: input.instance_id, license: held, nonce: input.nonce, now });
    await runtime.table.write(
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
      license: licenseObject(held, now),
      ...lease.answer,
      server_time: formatTime(now),
    };
    return json(200, body);
  };

const licenseObject = (license: LicenseFile, now: EpochMs): LicenseObject => ({
  pem: license.pem,
  fingerprint: license.fingerprint,
  name: license.name,
  organization: license.organization,
  expire_at: formatTime(license.expiresAt),
  valid_seconds: Math.max(0, Math.floor((license.expiresAt - now) / SECOND_MS)),
  status: licenseStatus(license, now),
  type: license.terms.type,
  trial: license.terms.trial,
  max_seats: license.terms.maxSeats,
  seat_tracking_mode: license.terms.trackingMode,
  subscription_id: license.terms.subscriptionId,
  organization_id: license.terms.organizationId,
});

const wantsPem = (accept: string | undefined): boolean =>
  (accept ?? "").split(",").some((range) => range.split(";")[0]?.trim().toLowerCase() === "application/x-pem-file");

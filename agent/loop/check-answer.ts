import * as v from "valibot";
import { check } from "../../shared/contract/check.ts";
import { describeFaults } from "../../shared/contract/problems.ts";
import type { HeartbeatResponse, LicensePostResponse } from "../../shared/contract/responses.ts";
import { parseTime } from "../../shared/contract/time.ts";
import type { Outcome } from "../wire/call.ts";

/**
 * What the agent uses of an answer. A proxy or a wrong URL can answer 200 with anything, and that must neither stop the agent
 * nor pass for an answer. A server of the release before leaves out `seq` and `server`.
 */

const Ids = v.array(v.string());
const Time = v.pipe(
  v.string(),
  v.check((value) => parseTime(value) !== undefined),
);
const Lease = v.nullable(v.looseObject({ heartbeat_interval_secs: v.pipe(v.number(), v.finite()) }));
const Code = v.pipe(v.string(), v.maxLength(64));

const License = v.looseObject({
  license: v.looseObject({ pem: v.optional(v.string()), fingerprint: v.string(), expire_at: v.string() }),
  lease: Lease,
  server: v.optional(v.looseObject({ version: v.string() })),
  server_time: Time,
});

const Heartbeat = v.looseObject({
  lease: Lease,
  license: v.nullable(v.looseObject({ fingerprint: v.string() })),
  accepted: Ids,
  rejected: v.array(v.looseObject({ session_id: v.nullable(v.string()), code: Code, detail: v.string() })),
  denied: v.array(v.looseObject({ session_id: v.string(), code: Code })),
  terminate: Ids,
  unknown: Ids,
  conflict: Ids,
  seq: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  catalog_revision: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  superseded: v.optional(v.boolean()),
  server_time: Time,
});

export const checkRegistration = (outcome: Outcome<LicensePostResponse>) => checked(outcome, License);
export const checkHeartbeat = (outcome: Outcome<HeartbeatResponse>) => checked(outcome, Heartbeat);

/** The outcome; a problem if the answer of a call that succeeded is not one of a license server. */
const checked = <T>(outcome: Outcome<T>, schema: v.GenericSchema): Outcome<T> => {
  if (outcome.kind !== "ok") return outcome;
  const result = check(schema, outcome.body);
  if (result.ok) return outcome;
  const detail = `The answer is not one of a license server (${describeFaults(result.faults)}). Check LICENSE_SERVER_URL`;
  return {
    kind: "problem",
    status: outcome.status,
    code: "UnknownAnswer",
    detail,
    retryAfterMs: undefined,
    date: undefined,
  };
};

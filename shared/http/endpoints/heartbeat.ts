import { HEARTBEAT_LIMITS, HeartbeatBody } from "../../contract/requests.ts";
import type { HeartbeatResponse, SeatNumbers } from "../../contract/responses.ts";
import { type EpochMs, formatTime } from "../../contract/time.ts";
import { type BeatAnswer, handleHeartbeat } from "../../heartbeat/heartbeat.ts";
import { createVerdicts } from "../../heartbeat/verdicts.ts";
import type { LicenseFile } from "../../licensing/license-file.ts";
import type { LicenseHolding } from "../../licensing/license-source.ts";
import { licenseStatus } from "../../licensing/status.ts";
import { knownLists } from "../../operators/known-lists.ts";
import { seatNumbers } from "../../seats/numbers.ts";
import { catalogBeat } from "../catalog-beat.ts";
import type { Call, Endpoint } from "../handler.ts";
import { decodeHeartbeat, requireWithinLimits } from "../heartbeat-decode.ts";
import { type LeaseAnswer, leaseAnswer, withheld } from "../lease-answer.ts";
import { keyNoter } from "../note-keys.ts";
import { operatorSlots } from "../operator-slots.ts";
import { isBound, requireOwnInstance } from "../own-instance.ts";
import { parseBody } from "../parse.ts";
import { json } from "../response.ts";
import type { Runtime } from "../runtime.ts";
import { sessionDeps } from "../session-deps.ts";
import { warnOfSkew } from "../skew.ts";

/** `POST /api/v1/heartbeat`: an operator is alive. It is recorded, whatever the license's status. */
export const postHeartbeat = (runtime: Runtime): Endpoint => {
  const noteKeys = keyNoter(runtime, ["license", "lease"]);
  const lists = knownLists();
  const slots = operatorSlots(runtime);
  const aboutCatalog = catalogBeat(runtime);
  return async (request, call) => {
    const input = parseBody(request, HeartbeatBody, { maxBytes: HEARTBEAT_LIMITS.bytes });
    requireOwnInstance(call.principal, input.instance_id);
    call.note({ instance_id: input.instance_id });
    requireWithinLimits(input);
    const { now, log } = call;
    warnOfSkew(call, input.instance_id, input.sent_at);
    const holding = await runtime.license();
    const license = holding.kind === "held" ? holding.license : undefined;
    const granted = await leaseFor(runtime, holding, input.instance_id, input.nonce, now);
    const verdicts = createVerdicts();
    const timing = { now, sentAt: input.sent_at, retentionDays: runtime.env.RETENTION_SESSIONS_DAYS };
    const heartbeat = decodeHeartbeat(input, timing, verdicts, { isBound: isBound(call.principal), lists });
    const context = { license, leaseUntil: granted.until };
    const reply = await handleHeartbeat(sessionDeps(runtime, call), heartbeat, context, call, verdicts);
    const lease = await heldTo(slots, granted, license, reply, call);
    const { accepted, denied, rejected, terminate } = verdicts.lists();
    const [{ seats, released }, catalog] = await Promise.all([
      seatsFor(runtime, license, call),
      aboutCatalog(input, reply.superseded, call),
      noteKeys(call),
    ]);
    if (verdicts.left() > 0) log.measure("events left", { EventsLeft: verdicts.left() });
    if (rejected.length > 0) log.warn("events rejected", { instance_id: input.instance_id, rejected });
    const body: HeartbeatResponse = {
      ...lease.answer,
      license: license === undefined ? null : { fingerprint: license.fingerprint, status: licenseStatus(license, now) },
      seats,
      accepted,
      rejected: rejected.map(({ sessionId, code, detail }) => ({ session_id: sessionId ?? null, code, detail })),
      denied: denied.map(({ sessionId, code }) => ({ session_id: sessionId, code })),
      // An agent stops a denied session only if it enforces seats: then `reply` names it.
      terminate: [...new Set([...(input.agent === undefined ? terminate : []), ...reply.terminate])],
      unknown: reply.unknown,
      conflict: reply.conflict,
      seats_lost: released,
      seq: reply.seq,
      list: reply.list,
      ...(reply.superseded ? { superseded: true } : {}),
      ...catalog,
      server_time: formatTime(now),
    };
    return json(200, body);
  };
};

const leaseFor = async (
  runtime: Runtime,
  holding: LicenseHolding,
  instanceId: string,
  nonce: string | undefined,
  now: EpochMs,
): Promise<LeaseAnswer> => {
  if (holding.kind === "missing") return withheld("LicenseMissing");
  if (holding.kind === "invalid") return withheld("LicenseInvalid");
  return leaseAnswer(runtime, { instanceId, license: holding.license, nonce, now });
};

// What the heartbeat noted says whether its installation has a slot. A process that was replaced stops.
const heldTo = async (
  slots: ReturnType<typeof operatorSlots>,
  granted: LeaseAnswer,
  license: LicenseFile | undefined,
  { operator, superseded }: BeatAnswer,
  call: Call,
): Promise<LeaseAnswer> => {
  if (license === undefined || superseded || granted.until === undefined) return granted;
  return (await slots.allowsLease(license, operator, call)) ? granted : withheld("MaxOperatorsReached");
};

// What a heartbeat says about seats is a courtesy: if it cannot be read, the heartbeat still succeeds.
const seatsFor = async (
  runtime: Runtime,
  license: LicenseFile | undefined,
  { now, log }: Call,
): Promise<{ seats: SeatNumbers | null; released: string[] }> => {
  if (license === undefined) return { seats: null, released: [] };
  try {
    const book = await runtime.currentBook(license, now);
    const released = await runtime.counts.released(book);
    return { seats: seatNumbers(book, await runtime.counts.get(book)), released };
  } catch (error) {
    log.warn("seat numbers not read", { error });
    return { seats: null, released: [] };
  }
};

import type { LeaseObject, LeaseReason } from "../contract/responses.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { grantLease, type LeaseRequest } from "../licensing/lease.ts";
import type { Runtime } from "./runtime.ts";

export type LeaseAnswer = {
  answer: { lease: LeaseObject | null; lease_reason?: LeaseReason };
  /** The lease's end, if one was given. */
  until: EpochMs | undefined;
};

/** Spreads the heartbeats of operators that started together: each gets its own interval, up to 10 % off. */
const JITTER = 0.1;

/** Grants a lease, or gives the reason for none, as the API's fields. */
export const leaseAnswer = async (runtime: Runtime, request: LeaseRequest): Promise<LeaseAnswer> => {
  const { env, pace } = runtime;
  const { signer } = await runtime.leaseKeys();
  const terms = { issuer: env.TOKEN_ISSUER, leaseSeconds: env.LEASE_SECONDS };
  const decision = grantLease(request, terms, signer);
  if (decision.kind === "withheld") return withheld(decision.reason);
  const spread = 1 + JITTER * (2 * pace.random() - 1);
  const lease = {
    token: decision.token,
    expires_at: formatTime(decision.expiresAt),
    heartbeat_interval_secs: Math.round(env.HEARTBEAT_INTERVAL_SECONDS * spread),
  };
  return { answer: { lease }, until: decision.expiresAt };
};

export const withheld = (reason: LeaseReason): LeaseAnswer => ({
  answer: { lease: null, lease_reason: reason },
  until: undefined,
});

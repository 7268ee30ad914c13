import type { LeaseObject } from "../../shared/contract/responses.ts";
import { type EpochMs, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import type { LeaseExpectation, LeaseVerifier } from "./lease.ts";

/** The current lease of an operator. */
export type LeaseKeeper = {
  /** Stores the lease of an answer, if it verifies. Without a lease the operator may start no sessions. */
  take(given: LeaseObject | null, expected: LeaseExpectation, now: EpochMs): Promise<void>;
  inForce(now: EpochMs): boolean;
  token(): string | undefined;
  beatEveryMs(): number;
};

export const createLeaseKeeper = (verifyLease: LeaseVerifier, onFault: (detail: string) => void): LeaseKeeper => {
  let lease: { token: string; expiresAt: EpochMs } | undefined;
  let intervalMs = MINUTE_MS;
  return {
    take: async (given, expected, now) => {
      if (given === null) {
        lease = undefined;
        return;
      }
      intervalMs = given.heartbeat_interval_secs * SECOND_MS;
      const verdict = await verifyLease(given.token, expected, now);
      // A token that could not be verified is still used: an unreachable key set must not stop a cluster.
      if (verdict.kind === "bad") onFault(`the lease token does not verify: ${verdict.detail}`);
      else
        lease = {
          token: given.token,
          expiresAt: verdict.kind === "good" ? verdict.expiresAt : Date.parse(given.expires_at),
        };
    },
    inForce: (now) => lease !== undefined && lease.expiresAt > now,
    token: () => lease?.token,
    beatEveryMs: () => intervalMs,
  };
};

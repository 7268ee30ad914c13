import type { LicensePostResponse } from "../../shared/contract/responses.ts";
import { isTransient, type Jitter, retryDelayMs } from "./backoff.ts";
import type { LicenseRequest } from "./bodies.ts";
import type { Outcome } from "./call.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";

/** The last outcome, with the nonce that its request carried. */
export type Registration = { outcome: Outcome<LicensePostResponse>; nonce: string };

/**
 * Fetches the license and a lease. A call that may succeed later is repeated with back-off, at most `attempts` times in all;
 * each request has a nonce of its own.
 */
export const register = async (
  { client, clock, random, nonce }: { client: Client; clock: Clock; random: Jitter; nonce: () => string },
  body: Omit<LicenseRequest, "nonce">,
  attempts: number,
): Promise<Registration> => {
  for (let attempt = 1; ; attempt++) {
    const sentNonce = nonce();
    const outcome = await client.licensePost({ ...body, nonce: sentNonce });
    if (!isTransient(outcome) || attempt === attempts) return { outcome, nonce: sentNonce };
    await clock.sleep(retryDelayMs(outcome, attempt, random));
  }
};

import { isTransient, retryDelayMs } from "./backoff.ts";
import { describe, type OperatorState } from "./state.ts";
import type { RegisterOutcome } from "./types.ts";

const ATTEMPTS = 8;

/** Fetches the license and a lease, waiting for a server that cannot answer yet. */
export const register = async (state: OperatorState): Promise<RegisterOutcome> => {
  const { client, clock, random, nonce } = state.dependencies;
  const { instanceId, operatorVersion, clusterName } = state.settings;
  for (let attempt = 1; ; attempt++) {
    const sentNonce = nonce();
    const outcome = await client.licensePost({
      instance_id: instanceId,
      operator_version: operatorVersion,
      cluster_name: clusterName,
      nonce: sentNonce,
    });
    if (outcome.kind === "ok") {
      const { license, lease } = outcome.body;
      const { fingerprint } = license;
      state.license = { fingerprint, trackingMode: license.seat_tracking_mode };
      await state.lease.take(lease, { instanceId, nonce: sentNonce, fingerprint }, clock.now());
      return { kind: "registered", license };
    }
    if (!isTransient(outcome) || attempt === ATTEMPTS) return { kind: "failed", detail: describe(outcome) };
    await clock.sleep(retryDelayMs(outcome, attempt, random));
  }
};

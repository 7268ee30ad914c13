import { describe } from "../../../agent/wire/call.ts";
import { register as registerWith } from "../../../agent/wire/register.ts";
import type { OperatorState } from "./state.ts";
import type { RegisterOutcome } from "./types.ts";

const ATTEMPTS = 8;

/** Fetches the license and a lease, waiting for a server that cannot answer yet. */
export const register = async (state: OperatorState): Promise<RegisterOutcome> => {
  const { instanceId, operatorVersion, clusterName } = state.settings;
  const body = { instance_id: instanceId, operator_version: operatorVersion, cluster_name: clusterName };
  const { outcome, nonce } = await registerWith(state.dependencies, body, ATTEMPTS);
  if (outcome.kind !== "ok") return { kind: "failed", detail: describe(outcome) };
  const { license, lease } = outcome.body;
  const { fingerprint } = license;
  state.license = { fingerprint, trackingMode: license.seat_tracking_mode };
  await state.lease.take(lease, { instanceId, nonce, fingerprint }, state.dependencies.clock.now());
  return { kind: "registered", license };
};

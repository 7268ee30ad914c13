import type { Metrics } from "./health/metrics.ts";
import { LEASE_NAME, type Lease, type LeaseOutcome } from "./lease/lease.ts";
import type { Log } from "./log.ts";
import type { Troubles } from "./troubles.ts";
import type { Waits } from "./waits.ts";
import type { Clock } from "./wire/clock.ts";

export type HoldOptions = {
  lease: Lease;
  clock: Clock;
  waits: Waits;
  log: Log;
  troubles: Troubles;
  metrics: Metrics;
  /** Called at least once in each wait. */
  onLook: (nextMs: number) => void;
  signal: AbortSignal;
};

/**
 * Takes the Lease. In a pod this waits for another process that holds it. A Lease that cannot be read or written is a trouble there
 * and stops nothing: the license server refuses the list of a process that another one replaced. Outside a pod both are final,
 * because an agent on a laptop must not run beside that of the cluster.
 */
export const takeLease = async (
  { lease, clock, waits, log, troubles, metrics, onLook, signal }: HoldOptions,
  inPod: boolean,
): Promise<{ kind: "goOn" } | { kind: "refused"; detail: string }> => {
  for (let known: string | undefined; !signal.aborted; ) {
    onLook(waits.leaseRetryMs);
    const outcome = await lease.hold();
    metrics.set("lease_held", outcome.kind === "held" ? 1 : 0);
    if (!inPod && outcome.kind !== "held") return { kind: "refused", detail: refusalOf(outcome) };
    troubles.set("lease", outcome.kind === "failed" ? faultOf(outcome.detail) : undefined);
    if (outcome.kind !== "taken") break;
    if (known !== outcome.holder) log.info("Waiting for the Lease of the cluster", { holder: outcome.holder });
    known = outcome.holder;
    await clock.sleep(waits.leaseRetryMs, signal);
  }
  return { kind: "goOn" };
};

/** Renews the Lease until the signal is aborted. Returns who took it, if another process did. */
export const keepLease = async (options: HoldOptions): Promise<{ holder: string } | undefined> => {
  const { lease, clock, waits, troubles, metrics, onLook, signal } = options;
  for (;;) {
    onLook(waits.leaseRenewMs);
    await clock.sleep(waits.leaseRenewMs, signal);
    if (signal.aborted) return undefined;
    const outcome = await lease.hold();
    metrics.set("lease_held", outcome.kind === "held" ? 1 : 0);
    if (outcome.kind === "taken") return outcome;
    troubles.set("lease", outcome.kind === "failed" ? faultOf(outcome.detail) : undefined);
  }
};

const refusalOf = (outcome: Exclude<LeaseOutcome, { kind: "held" }>): string =>
  outcome.kind === "taken"
    ? `Another agent runs for this cluster: ${outcome.holder} holds the Lease. Stop one of the two.`
    : `The Lease ${LEASE_NAME} cannot be taken: ${outcome.detail}. Check OPERATOR_NAMESPACE and the rights of this user.`;

const faultOf = (detail: string): string =>
  `The Lease of the cluster cannot be held: ${detail}. A second agent would not notice this one.`;

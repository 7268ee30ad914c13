import { operatorKey } from "../contract/keys.ts";
import { type EpochMs, formatTime, MINUTE_MS, SECOND_MS } from "../contract/time.ts";
import { type LiveDigest, sameDigest } from "../operators/live-set.ts";
import type { Operator } from "../operators/operator.ts";
import type { Moment, SessionDeps } from "../sessions/deps.ts";
import type { ReviveDeps } from "../sessions/revive.ts";
import { type ListedSessions, type Reconciled, reconcile } from "./reconcile.ts";

const DIFFERING_EVERY_MS = 30 * SECOND_MS;
/**
 * If a function is killed before it moves the digest, and the operator never runs the session, the session is in
 * neither list nor digest. The two agree, and it would stay live forever. So the table is also compared from time to
 * time.
 */
const AGREEING_EVERY_MS = 15 * MINUTE_MS;

const NOTHING_RECONCILED: Reconciled = { unknown: [], conflict: [], denied: [] };

/**
 * Compares an operator's list with the digest of its live set, and reconciles the two if they differ, at most once in
 * 30 seconds, and at once after a registration. A partial list is reconciled each time it differs: each process must learn what the other one runs.
 */
export const checkLiveSet = async (
  deps: ReviveDeps,
  operator: Operator,
  list: ListedSessions & { digest: LiveDigest },
  moment: Moment,
): Promise<Reconciled> => {
  const agrees = sameDigest(operator.digest, list.digest);
  if (isDue(operator, agrees, moment.now) || (list.isPartial && !agrees)) {
    if (!agrees) deps.log.count("Reconciliations", { instance_id: operator.instanceId });
    return reconcile(deps, operator, { ...list, agrees }, moment);
  }
  if (agrees && Object.keys(operator.unlisted).length > 0) await forgetUnlisted(deps, operator);
  return NOTHING_RECONCILED;
};

const isDue = (operator: Operator, agrees: boolean, now: EpochMs): boolean => {
  const { reconciledAt, firstSeen } = operator;
  if (agrees) return now - (reconciledAt ?? firstSeen ?? now) >= AGREEING_EVERY_MS;
  return (
    reconciledAt === undefined || now - reconciledAt >= DIFFERING_EVERY_MS || hasNewProcess(operator, reconciledAt)
  );
};

// What a new process lists is compared at once: it may have missed ends that no later heartbeat reports.
const hasNewProcess = ({ registeredAt = 0, processes }: Operator, reconciledAt: EpochMs): boolean =>
  reconciledAt < Math.max(registeredAt, processes?.since ?? 0);

// All sessions are listed again. If one is left out later, the time counts from then.
const forgetUnlisted = async ({ table }: SessionDeps, { instanceId, reconciledAt }: Operator): Promise<void> => {
  await table.write({
    kind: "update",
    key: operatorKey(instanceId),
    update: { expression: "REMOVE unlisted" },
    condition:
      reconciledAt === undefined
        ? { expression: "attribute_not_exists(reconciledAt)" }
        : { expression: "reconciledAt = :seen", values: { ":seen": formatTime(reconciledAt) } },
  });
};

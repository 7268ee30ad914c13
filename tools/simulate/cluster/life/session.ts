import { formatTime } from "../../../../shared/contract/time.ts";
import { createManaged, type ManagedObject } from "../managed-object.ts";
import type { ClusterPlan } from "../plan.ts";
import type { SessionTruth } from "../record.ts";
import { clusterOf, type OperatorCluster, type Stage } from "../stage.ts";
import { type CloseSignal, type Closing, createCloseSignal } from "./close-signal.ts";

export const SESSIONS = "/apis/mirrord.metalbear.co/v1alpha/mirrordclustersessions";

/** The life of a MirrordClusterSession, and of a second one of the same name if the plan has it. */
export const playSession = async (stage: Stage, plan: ClusterPlan): Promise<void> => {
  const cluster = clusterOf(stage, plan.cluster);
  const name = stage.sessionId();
  await playObject(stage, cluster, name, plan);
  if (plan.returnsForMs === undefined) return;
  await playObject(stage, cluster, name, { ...plan, lengthMs: plan.returnsForMs, gap: undefined });
};

const playObject = async (stage: Stage, cluster: OperatorCluster, name: string, plan: ClusterPlan): Promise<void> => {
  const { api, open } = cluster;
  const signal = createCloseSignal(stage.clock);
  const object = await createManaged({ api, clock: stage.clock, collection: SESSIONS }, sessionBody(name, plan));
  const truth: SessionTruth = {
    cluster: cluster.name,
    object: "MirrordClusterSession",
    name,
    uid: object.uid,
    kind: plan.ci ? "ci" : "user",
    owner: ownerOf(plan),
    namespace: plan.namespace,
    target: plan.target,
    copyTarget: plan.copyTarget,
    key: plan.key,
    lockedPorts: plan.lockedPorts,
    startedAt: object.createdAt,
    connected: false,
    endedAt: undefined,
    reason: undefined,
    closedAt: undefined,
  };
  stage.truth.add(truth);
  open.set(name, { truth, signal });
  const closing = await useSession(stage, plan, truth, signal, (at) =>
    object.setStatus({ connectedTimestamp: formatTime(at) }),
  );
  open.delete(name);
  await closeObject(stage, object, { closed: closing });
};

/**
 * The client's part: it connects, is connected for the planned time and goes away. Sets the times of the truth, and returns why
 * the operator closes the session.
 */
export const useSession = async (
  { clock, waits, random }: Stage,
  plan: ClusterPlan,
  truth: SessionTruth,
  signal: CloseSignal,
  reportActivity: (at: number) => void,
): Promise<Closing> => {
  const createdAt = clock.now();
  const end = (closing: Closing): Closing => {
    truth.endedAt ??= clock.now();
    truth.reason = closing.reason;
    truth.closedAt = clock.now();
    return closing;
  };
  if (plan.end === "never-connects") {
    await signal.sleep(waits.setupMs);
    return end(signal.closing() ?? SETUP_DEADLINE);
  }
  await signal.sleep(random.integer(100, 900));
  const endsAt = createdAt + plan.lengthMs;
  while (clock.now() < endsAt && signal.closing() === undefined) {
    const now = clock.now();
    const { fromMs, toMs } = plan.gap ?? { fromMs: 0, toMs: 0 };
    if (now < createdAt + fromMs || now >= createdAt + toMs) {
      truth.connected = true;
      reportActivity(now);
    }
    await signal.sleep(Math.max(1, Math.min(waits.activityMs, endsAt - now)));
  }
  truth.endedAt = clock.now();
  if (plan.end === "disconnect") await signal.sleep(waits.unusedMs);
  return end(signal.closing() ?? (plan.end === "disconnect" ? UNUSED : TIME_LIMIT));
};

/** Closes an object as the operator does: the status, then the deletion, and after a while the finalizer. */
export const closeObject = async (
  { clock, waits }: Stage,
  object: ManagedObject,
  status: Record<string, unknown>,
): Promise<void> => {
  object.setStatus(status);
  await object.settled();
  await object.delete();
  await clock.sleep(waits.keepMs);
  await object.release();
};

const UNUSED: Closing = { reason: "Unused", message: "The client went away and did not return." };
const TIME_LIMIT: Closing = { reason: "TimeLimitExceeded", message: "The session reached its longest time." };
const SETUP_DEADLINE: Closing = { reason: "SetupDeadlineExceeded", message: "No client connected in time." };

/** `spec.owner` of a plan that has an owner. */
export const ownerOf = ({ owner }: ClusterPlan) => {
  if (owner === undefined) throw new RangeError("a session needs an owner");
  return {
    // The operator's base64 has no padding.
    userId: owner.id.replaceAll("=", ""),
    username: owner.name ?? owner.username,
    hostname: owner.hostname,
    k8sUsername: owner.kubernetes_username,
  };
};

/** The manifest of a session object. `parent` makes it a child of a multi-cluster session. */
export const sessionBody = (name: string, plan: ClusterPlan, parent?: string) => ({
  apiVersion: "mirrord.metalbear.co/v1alpha",
  kind: "MirrordClusterSession",
  metadata: { name },
  spec: {
    namespace: plan.namespace,
    owner: ownerOf(plan),
    target: plan.target ?? null,
    ciInfo: plan.ci ? { provider: "github", environment: "staging", pipeline: "e2e-tests", triggeredBy: "push" } : null,
    clientCliVersion: plan.owner?.cli_version ?? null,
    copyTarget: plan.copyTarget ? { scaledown: false } : null,
    httpFilter: plan.headerFilter === undefined ? null : { headerFilter: plan.headerFilter },
    jiraMetrics: { branchName: plan.branch },
    key: plan.key ?? null,
    ...(parent === undefined ? {} : { multiClusterParentName: parent }),
  },
});

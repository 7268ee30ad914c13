import { formatTime } from "../../../../shared/contract/time.ts";
import { createManaged, type ManagedObject } from "../managed-object.ts";
import type { ClusterPlan } from "../plan.ts";
import type { SessionTruth } from "../record.ts";
import { clusterOf, type OperatorCluster, type Stage } from "../stage.ts";
import { createCloseSignal } from "./close-signal.ts";
import { closeObject, ownerOf, SESSIONS, sessionBody, useSession } from "./session.ts";

export const PARENTS = "/apis/operator.metalbear.co/v1alpha/mirrordmulticlustersessions";

/** The life of a multi-cluster session: a parent on the primary cluster, and a child on the primary and on one member. */
export const playMultiCluster = async (stage: Stage, plan: ClusterPlan): Promise<void> => {
  const { clock, random, waits } = stage;
  const primary = clusterOf(stage, plan.cluster);
  const members = [primary, random.pick(stage.clusters.filter((cluster) => cluster !== primary))];
  const name = `mc-${stage.sessionId()}`;
  const signal = createCloseSignal(clock);
  const parent = await createManaged({ api: primary.api, clock, collection: PARENTS }, parentBody(name, plan, members));
  const truth: SessionTruth = {
    cluster: primary.name,
    object: "MirrordMultiClusterSession",
    name,
    uid: parent.uid,
    kind: plan.ci ? "ci" : "user",
    owner: ownerOf(plan),
    namespace: plan.namespace,
    target: plan.target,
    copyTarget: false,
    key: plan.key,
    lockedPorts: plan.lockedPorts,
    startedAt: parent.createdAt,
    connected: false,
    endedAt: undefined,
    reason: undefined,
    closedAt: undefined,
  };
  stage.truth.add(truth);
  for (const member of members) member.open.set(name, { truth, signal });
  parent.setStatus({ phase: "Pending" });
  const children = await Promise.all(members.map((member) => createChild(stage, member, name, plan)));
  parent.setStatus({ phase: "Ready", clusterSessions: clusterSessions(members, children) });
  const closing = await useSession(stage, plan, truth, signal, (at) => {
    const change = { connectedTimestamp: formatTime(at) };
    for (const object of [parent, ...children]) object.setStatus(change);
  });
  for (const member of members) member.open.delete(name);
  await Promise.all([
    closeObject({ ...stage, waits }, parent, { phase: "Terminating", closed: closing.reason }),
    ...children.map((child) => closeObject(stage, child, { closed: closing })),
  ]);
};

const createChild = async (
  { clock, random }: Stage,
  member: OperatorCluster,
  parent: string,
  plan: ClusterPlan,
): Promise<ManagedObject> => {
  await clock.sleep(random.integer(50, 1_500));
  const body = sessionBody(`${parent}-${member.name}`, plan, parent);
  return createManaged({ api: member.api, clock, collection: SESSIONS }, body);
};

const clusterSessions = (members: readonly OperatorCluster[], children: readonly ManagedObject[]) =>
  Object.fromEntries(
    members.map(({ name }, index) => [name, { sessionName: children[index]?.name, ready: true, scaledownOnly: false }]),
  );

const parentBody = (name: string, plan: ClusterPlan, members: readonly OperatorCluster[]) => ({
  apiVersion: "operator.metalbear.co/v1alpha",
  kind: "MirrordMultiClusterSession",
  metadata: { name },
  spec: {
    owner: ownerOf(plan),
    namespace: plan.namespace,
    target: plan.target,
    targetAlias: plan.target !== undefined && "name" in plan.target ? plan.target.name : "target",
    clusters: members.map((member) => member.name),
    primaryCluster: members[0]?.name,
    defaultCluster: members[0]?.name,
  },
});

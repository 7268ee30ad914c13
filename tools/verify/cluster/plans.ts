import { type ClusterPlan, plainSession } from "../../simulate/cluster/plan.ts";
import { type ClusterSimulation, planSimulation } from "../../simulate/cluster/run.ts";
import { workload } from "../../simulate/cluster/targets.ts";
import { createTeam } from "../../simulate/team.ts";

/** The `key` of sessions that the check kills, and of those whose ports it compares. */
export const KILLED = "verify-kill";
export const WITH_PORTS = "verify-ports";

// Long enough for the agent to read the operator's object, and for the kills.
const LENGTH_MS = 90_000;

/** A team's sessions, and first of all some that last long enough to be killed and compared. */
export const planCheck = (simulation: ClusterSimulation, clusters: number): ClusterPlan[] => {
  const { seed, users, ciRunners } = simulation;
  const pinned = 2 * clusters + 1;
  // A larger team begins with the people of a smaller one, so these are other people than the team's.
  const team = createTeam(seed, { users: users + pinned, operators: clusters, runners: ciRunners });
  const people = team.members.slice(users).values();
  const plan = (cluster: number, key: string): ClusterPlan => {
    const target = team.clusters[cluster]?.targets[0];
    const person = people.next().value;
    if (target === undefined || person === undefined) throw new RangeError("too few people or targets");
    const where = { cluster, namespace: target.namespace, target: workload(target) };
    return { ...plainSession(person.machines[0], where, { startsAt: 0, lengthMs: LENGTH_MS }), key };
  };
  const each = Array.from({ length: clusters }, (_, cluster) => cluster);
  return [
    ...each.map((cluster) => plan(cluster, KILLED)),
    ...each.map((cluster) => ({ ...plan(cluster, WITH_PORTS), lockedPorts: [{ port: 8080, kind: "steal" }] })),
    { ...plan(0, KILLED), kind: "multi-cluster" },
    ...each.map((cluster): ClusterPlan => {
      const target = team.clusters[cluster]?.targets[1];
      if (target === undefined) throw new RangeError("too few targets");
      const where = { cluster, namespace: target.namespace, target: workload(target) };
      const when = { startsAt: 0, lengthMs: LENGTH_MS };
      return { ...plainSession(undefined, where, when), kind: "preview", end: "fails", key: KILLED };
    }),
    ...planSimulation(simulation, clusters),
  ];
};

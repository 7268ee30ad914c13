import type { Target } from "../team/clusters.ts";

/** `spec.target` of a session object. */
export type ClusterTarget =
  | { apiVersion: string; kind: string; name: string; container: string }
  | { labelSelector: { matchLabels: Record<string, string> }; container: string };

const KINDS: Readonly<Record<string, readonly [apiVersion: string, kind: string]>> = {
  deployment: ["apps/v1", "Deployment"],
  statefulset: ["apps/v1", "StatefulSet"],
  rollout: ["argoproj.io/v1alpha1", "Rollout"],
  cronjob: ["batch/v1", "CronJob"],
};

/** A target of the team as operators write it. */
export const workload = ({ kind, name, container }: Target): ClusterTarget => {
  const [apiVersion, kindName] = KINDS[kind] ?? ["v1", kind];
  return { apiVersion, kind: kindName, name, container: container ?? "main" };
};

/** The pods of a workload by their label, as newer operators write a target of several workloads. */
export const podSet = (target: ClusterTarget): ClusterTarget =>
  "name" in target ? { labelSelector: { matchLabels: { app: target.name } }, container: target.container } : target;

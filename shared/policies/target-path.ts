/** The types of targets in a target path. */
export const TARGET_TYPES = [
  "deploy",
  "pod",
  "rollout",
  "statefulset",
  "replicaset",
  "job",
  "cronjob",
  "service",
  "label",
  "targetless",
] as const;

/** A target or an owner, as a session's record has it. */
export type PathParts = { kind: string; name: string; container?: string | undefined };

// The kinds of Kubernetes and their short names, without the case and the plural.
const TYPE_OF: Readonly<Record<string, string>> = {
  deployment: "deploy",
  deploy: "deploy",
  po: "pod",
  sts: "statefulset",
  rs: "replicaset",
  cj: "cronjob",
  svc: "service",
  podset: "label",
  labels: "label",
  labelselector: "label",
};

/** The type of a kind in a target path: `Deployment` is `deploy`, a set of pods is `label`. Others keep their lower-case name. */
export const targetType = (kind: string): string => {
  const name = kind.toLowerCase().replace(/[-_ ]/g, "");
  const singular = name.length > 3 && name.endsWith("s") ? name.slice(0, -1) : name;
  return (
    TYPE_OF[name] ?? TYPE_OF[singular] ?? ((TARGET_TYPES as readonly string[]).includes(singular) ? singular : name)
  );
};

/** The path of a target without its container: `deploy/boats`, or `targetless`. */
export const workloadPath = ({ kind, name }: PathParts): string => {
  const type = targetType(kind);
  return type === "targetless" ? type : `${type}/${name}`;
};

/** The path of a target as its user gives it: `pod/boats-1/container/app`. */
export const targetPath = (target: PathParts): string =>
  target.container === undefined ? workloadPath(target) : `${workloadPath(target)}/container/${target.container}`;

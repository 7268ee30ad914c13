import type { PolicyChange } from "../../contract/policy-answers.ts";
import type { PolicySpec, ProfileSpec } from "../../contract/policy-spec.ts";
import { matchesCluster } from "../clusters.ts";
import type { JudgedSession, PolicyEntry } from "../types.ts";

type Change = Pick<PolicyChange, "field" | "values">;

/** What a policy changes in a session that it applies to. Nothing of it refuses the session. */
export const changesOf = ({ env, fs, network }: PolicySpec): Change[] =>
  (
    [
      { field: "env.exclude", values: env?.exclude ?? [] },
      { field: "fs.local", values: fs?.local ?? [] },
      { field: "fs.notFound", values: fs?.notFound ?? [] },
      { field: "fs.readOnly", values: fs?.readOnly ?? [] },
      { field: "network.outgoing.allow", values: network?.outgoing?.allow ?? [] },
      { field: "network.outgoing.block", values: network?.outgoing?.block ?? [] },
    ] as const
  )
    .filter(({ values }) => values.length > 0)
    .map(({ field, values }) => ({ field, values: [...values] }));

/** The adjustments of the selected profile, in their order. Nothing if the catalog does not have it in this cluster. */
export const profileChanges = (entries: readonly PolicyEntry[], session: JudgedSession): PolicyChange[] => {
  const { profile } = session.facts;
  if (profile === undefined || profile === null) return [];
  const [name = "", namespace] = profile.split("/").reverse();
  return entries
    .filter((entry) => matchesCluster(entry.clusters, session.cluster) && entry.name === name)
    .filter((entry) =>
      namespace === undefined
        ? entry.kind === "MirrordClusterProfile"
        : // A profile with a namespace is for targets in that namespace alone.
          entry.kind === "MirrordProfile" && entry.namespace === namespace && session.target.namespace === namespace,
    )
    .map((entry) => ({
      kind: entry.kind,
      namespace: entry.namespace,
      name: entry.name,
      field: "featureAdjustments",
      values: (entry.spec as ProfileSpec).featureAdjustments.map(({ change }) => change),
    }));
};

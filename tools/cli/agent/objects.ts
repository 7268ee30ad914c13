import { describeKube, type Kube } from "../../../agent/kube/kube.ts";
import type { Check } from "../doctor/check.ts";
import { bodyOf, listAt, textAt } from "./cluster.ts";

const KINDS = [
  { path: "/apis/mirrord.metalbear.co/v1alpha", resource: "mirrordclustersessions", absent: "" },
  {
    path: "/apis/operator.metalbear.co/v1alpha",
    resource: "mirrordmulticlustersessions",
    absent: "no multi-cluster sessions",
  },
  {
    path: "/apis/preview.mirrord.metalbear.co/v1alpha",
    resource: "previewsessions",
    absent: "no preview environments",
  },
] as const;

/** Checks that the cluster has the kinds of objects that the agent reads. Any user may look. */
export const objectChecks = async (kube: Kube): Promise<Check[]> => {
  const found = await Promise.all(
    KINDS.map(async (kind) => ({ ...kind, outcome: await kube.call({ path: kind.path }) })),
  );
  const isThere = ({ outcome, resource }: (typeof found)[number]): boolean =>
    listAt(bodyOf(outcome), "resources").some((each) => textAt(each, "name") === resource);
  const failed = found.filter(({ outcome }) => outcome.kind === "lost" || ![200, 404].includes(outcome.status));
  const missing = found.filter((each) => !isThere(each) && !failed.includes(each));
  const names = found.filter(isThere).map(({ resource }) => resource);
  const left = missing
    .filter(({ absent }) => absent !== "")
    .map(({ resource, absent }) => `no ${resource} (${absent})`);
  const checks: Check[] = failed.map(({ resource, outcome }) => ({
    name: "objects",
    result: "fail",
    found: `${resource}: ${describeKube(outcome)}`,
  }));
  if (missing.some(({ absent }) => absent === ""))
    checks.push({
      name: "objects",
      result: "warn",
      found: "no mirrordclustersessions: sessions cannot be seen",
      advice: "Install the mirrord operator, 3.129 or later. The agent waits for it.",
    });
  else if (failed.length === 0) checks.push({ name: "objects", result: "ok", found: [...names, ...left].join(", ") });
  return checks;
};

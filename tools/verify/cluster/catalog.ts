import { stringify } from "yaml";
import { type CatalogKind, CLUSTERS_ANNOTATION } from "../../../shared/contract/catalog.ts";
import type { CatalogStatusResponse } from "../../../shared/contract/catalog-answers.ts";
import type { DenialReport } from "../../../shared/contract/responses.ts";
import { MERGE_PATCH } from "../../cluster/api-client.ts";
import type { ControlPlane } from "../../cluster/control-plane.ts";
import type { StandIn } from "../../simulate/cluster/run.ts";
import { type Check, untilEmpty } from "./check.ts";
import { KILLED } from "./plans.ts";
import type { World } from "./world.ts";

const APPLIED_SECONDS = 90;
const REPAIRED_SECONDS = 60;
const NAMESPACE = "shop";
const FOREIGN = "verify-foreign";

type Entry = { kind: CatalogKind; name: string; namespace?: string; clusters?: string[]; spec: object };
type Stored = { metadata: { uid: string }; spec: Record<string, unknown> };

/** Nobody could begin a session under these, if this server enforced them for a stock operator. */
const entriesFor = ([first = ""]: readonly string[]): Entry[] => [
  { kind: "MirrordClusterProfile", name: "verify", spec: { featureAdjustments: [{ change: "incoming-off" }] } },
  {
    kind: "MirrordProfile",
    name: "verify",
    namespace: NAMESPACE,
    spec: { featureAdjustments: [{ change: "dns-off" }] },
  },
  {
    kind: "MirrordClusterPolicy",
    name: "verify",
    spec: {
      block: ["steal", "mirror"],
      requireProfile: true,
      profileAllowlist: ["verify"],
      appliesToCopyTargets: true,
    },
  },
  { kind: "MirrordPolicy", name: "verify", namespace: NAMESPACE, spec: { block: ["steal"], requireProfile: true } },
  { kind: "MirrordClusterPolicy", name: "verify-one", clusters: [first], spec: { block: [] } },
  { kind: "MirrordClusterPolicy", name: FOREIGN, spec: { block: ["steal"] } },
];

const PATHS: Readonly<Record<CatalogKind, string>> = {
  MirrordClusterPolicy: "/apis/policies.mirrord.metalbear.co/v1alpha/mirrordclusterpolicies",
  MirrordPolicy: `/apis/policies.mirrord.metalbear.co/v1alpha/namespaces/${NAMESPACE}/mirrordpolicies`,
  MirrordClusterProfile: "/apis/profiles.mirrord.metalbear.co/v1alpha/mirrordclusterprofiles",
  MirrordProfile: `/apis/profiles.mirrord.metalbear.co/v1alpha/namespaces/${NAMESPACE}/mirrordprofiles`,
};
const pathOf = ({ kind, name }: Pick<Entry, "kind" | "name">): string => `${PATHS[kind]}/${name}`;

const read = async ({ admin }: ControlPlane, entry: Pick<Entry, "kind" | "name">): Promise<Stored | undefined> => {
  const { status, body } = await admin.call("GET", pathOf(entry));
  return status === 200 ? (body as Stored) : undefined;
};

const isFor = ({ clusters }: Entry, { name }: ControlPlane): boolean => clusters?.includes(name) ?? true;

/** What differs between a cluster and the entries, a line each. */
const differences = async (cluster: ControlPlane, entries: readonly Entry[]): Promise<string[]> => {
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const what = `${entry.kind} ${entry.name} of ${cluster.name}`;
      const found = await read(cluster, entry);
      if (!isFor(entry, cluster)) return found === undefined ? [] : [`the ${what} is not for this cluster`];
      if (found === undefined) return [`the ${what} is missing`];
      const other = Object.entries(entry.spec).filter(
        ([field, value]) => JSON.stringify(found.spec[field]) !== JSON.stringify(value),
      );
      return other.map(([field]) => `${field} of the ${what} differs`);
    }),
  );
  return lines.flat();
};

export type AppliedCatalog = {
  /** Deletes the entries. Their objects must go, and only those; and no session may have felt the policies. */
  remove(standIn: StandIn): Promise<void>;
};

/**
 * Applies strict policies and profiles with the command line: they must be in the clusters that they are for, and in no other. What others
 * change is put right, and an object of somebody else stays. The sessions of the clusters run under these policies from now on.
 */
export const applyCatalog = async (check: Check, world: World): Promise<AppliedCatalog> => {
  const { clusters } = world;
  const entries = entriesFor(clusters.map(({ name }) => name));
  const own = entries.filter(({ name }) => name !== FOREIGN);
  const [first] = clusters;
  if (first === undefined) throw new RangeError("there is no cluster");
  const foreign = await createForeign(first);
  const compare = async () => (await Promise.all(clusters.map((cluster) => differences(cluster, own)))).flat();
  const began = performance.now();
  await world.cli(["policy", "apply", "-f", "-"], yamlOf(entries));
  for (const line of await untilEmpty(compare, APPLIED_SECONDS)) check.fault(line);
  check.say(`policies and profiles are in ${clusters.length} clusters after ${secondsSince(began)} s`);
  await repair(check, clusters, own);
  await conflict(check, world, first, foreign);
  return {
    remove: async (standIn) => {
      for (const line of await untilEmpty(compare, APPLIED_SECONDS)) check.fault(`after the kills: ${line}`);
      const beganRemoval = performance.now();
      await world.cli(["policy", "delete", "-f", "-", "--yes"], yamlOf(entries));
      const left = async () => (await Promise.all(clusters.map((cluster) => remaining(cluster, own)))).flat();
      for (const line of await untilEmpty(left, APPLIED_SECONDS)) check.fault(line);
      check.say(`deleted entries are gone from the clusters after ${secondsSince(beganRemoval)} s`);
      const now = await read(first, { kind: "MirrordClusterPolicy", name: FOREIGN });
      if (now?.metadata.uid !== foreign.metadata.uid) check.fault("the object of somebody else was removed");
      await feltNothing(check, world, standIn);
    },
  };
};

const secondsSince = (began: number): string => ((performance.now() - began) / 1_000).toFixed(1);

const createForeign = async ({ admin }: ControlPlane): Promise<Stored> => {
  const object = {
    ...{ apiVersion: "policies.mirrord.metalbear.co/v1alpha", kind: "MirrordClusterPolicy" },
    ...{ metadata: { name: FOREIGN }, spec: { block: [] } },
  };
  return (await admin.expect("POST", `${PATHS.MirrordClusterPolicy}?fieldManager=argocd`, object)) as Stored;
};

/** The entries as files of YAML have them. */
const yamlOf = (entries: readonly Entry[]): string =>
  entries
    .map(({ kind, name, namespace, clusters, spec }) => {
      const group = kind.endsWith("Policy") ? "policies" : "profiles";
      const annotations = clusters === undefined ? undefined : { [CLUSTERS_ANNOTATION]: clusters.join(",") };
      const apiVersion = `${group}.mirrord.metalbear.co/v1alpha`;
      return stringify({ apiVersion, kind, metadata: { name, namespace, annotations }, spec });
    })
    .join("---\n");

const remaining = async (cluster: ControlPlane, entries: readonly Entry[]): Promise<string[]> => {
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const found = await read(cluster, entry);
      return found === undefined ? [] : [`${entry.kind} ${entry.name} of ${cluster.name} is not removed`];
    }),
  );
  return lines.flat();
};

/** A stock operator enforces the objects itself: this server must neither refuse, count nor stop a session for them. */
const feltNothing = async ({ fault, say }: Check, { ask }: World, standIn: StandIn): Promise<void> => {
  const truth = standIn.truth();
  const stopped = truth.filter(({ key, reason }) => key !== KILLED && reason === "Stopped");
  if (stopped.length > 0) fault(`${stopped.length} sessions were stopped, and nobody asked for it`);
  const { denials } = (await ask("GET", "/api/v1/reports/denials")) as DenialReport;
  if (denials > 0) fault(`${denials} sessions were counted as refused`);
  say(`${truth.length} sessions under strict policies: ${stopped.length} stopped, ${denials} counted as refused`);
};

/** Edits by hand and fields of another manager, one in each kind and cluster. */
const repair = async (check: Check, clusters: readonly ControlPlane[], entries: readonly Entry[]): Promise<void> => {
  const edited = entries.filter(({ clusters: only }) => only === undefined);
  const began = performance.now();
  for (const { admin } of clusters)
    for (const entry of edited) {
      const isPolicy = "block" in entry.spec;
      const spec = isPolicy ? { block: [], targetPath: "deploy/other" } : { featureAdjustments: [] };
      await admin.expect("PATCH", `${pathOf(entry)}?fieldManager=kubectl-edit`, { spec }, { contentType: MERGE_PATCH });
    }
  const compare = async () => {
    const lines = await Promise.all(
      clusters.flatMap((cluster) => [
        differences(cluster, edited),
        ...edited.map(async (entry) =>
          (await read(cluster, entry))?.spec["targetPath"] === undefined
            ? []
            : [`a foreign field of ${entry.kind} ${entry.name} stays in ${cluster.name}`],
        ),
      ]),
    );
    return lines.flat();
  };
  for (const line of await untilEmpty(compare, REPAIRED_SECONDS)) check.fault(`not put right: ${line}`);
  check.say(`${edited.length * clusters.length} changes by others were put right after ${secondsSince(began)} s`);
};

const conflict = async (check: Check, world: World, cluster: ControlPlane, foreign: Stored): Promise<void> => {
  const shown = async (): Promise<string[]> => {
    const status = (await world.policies("GET", "/api/v1/catalog/status")) as CatalogStatusResponse;
    const states = status.entries.map((entry) => `${entry.cluster} ${entry.name} ${entry.state}`);
    const expected = `${cluster.name} ${FOREIGN} conflict`;
    const behind = status.clusters
      .filter(({ state }) => state !== "applied")
      .map(({ cluster: name, state }) => `${name} ${state}`);
    return states.join() === expected && behind.length === 0
      ? []
      : [`the status of the catalog is [${[...behind, ...states].join(", ")}], not [${expected}]`];
  };
  for (const line of await untilEmpty(shown, APPLIED_SECONDS)) check.fault(line);
  const now = await read(cluster, { kind: "MirrordClusterPolicy", name: FOREIGN });
  if (JSON.stringify(now) !== JSON.stringify(foreign)) check.fault("the object of somebody else was changed");
};

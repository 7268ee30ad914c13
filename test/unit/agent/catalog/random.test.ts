import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import type { CatalogKind } from "../../../../shared/contract/catalog.ts";
import { createRandom } from "../../../../tools/simulate/random.ts";
import {
  CATALOG_ID,
  CLUSTER_POLICIES,
  CLUSTER_PROFILES,
  catalogCluster,
  clusterPolicy,
  clusterProfile,
  entryOf,
  policiesOf,
} from "../../../support/agent-world/catalog.ts";
import { DEEP, SEED } from "../../../support/deep.ts";
import type { KubeCall } from "../../../support/kube/api-server.ts";
import { refusal } from "../../../support/kube/api-server.ts";
import { CLUSTER_POLICY_RESOURCE, POLICY, without } from "../../../support/kube/schemas.ts";

const HISTORIES = Number(process.env["HISTORIES"] || (DEEP ? 2_000 : 25));
const STEPS = 40;
const MINUTE = 60_000;

type Name = { kind: CatalogKind; name: string; namespace: string | null };
type Generation = { spec: object; generation: number };

const PLACES: readonly (Name & { collection: string })[] = [
  { kind: "MirrordClusterPolicy", name: "a", namespace: null, collection: CLUSTER_POLICIES },
  { kind: "MirrordClusterPolicy", name: "b", namespace: null, collection: CLUSTER_POLICIES },
  { kind: "MirrordPolicy", name: "a", namespace: "shop", collection: policiesOf("shop") },
  { kind: "MirrordClusterProfile", name: "dev", namespace: null, collection: CLUSTER_PROFILES },
];
const keyOf = ({ kind, namespace, name }: Name): string => `${kind}/${namespace ?? ""}/${name}`;

/** One history of an administrator, other managers, faults and restarts. Returns what must not be. */
const live = async (seed: string): Promise<string[]> => {
  const random = createRandom(seed);
  const pick = <T>(all: readonly T[]): T => all[random.integer(0, all.length - 1)] as T;
  const world = await catalogCluster();
  const { kube, catalog, clock } = world;
  const faults: string[] = [];
  /** The catalog as the server has it: entries, and tombstones with their generation. */
  const entries = new Map<string, Generation>();
  const tombstones = new Map<string, number>();
  const generations = new Map<string, number>();
  let revision = 0;
  /** What may be removed, from the sets that the agent was ever given. */
  const removable = new Set<string>();

  const publish = (): void => {
    revision += 1;
    const set = PLACES.flatMap((place) => {
      const entry = entries.get(keyOf(place));
      return entry === undefined
        ? []
        : [entryOf(place.kind, place.name, entry.spec, { ...place, generation: entry.generation })];
    });
    const remove = PLACES.flatMap(({ kind, name, namespace }) => {
      const generation = tombstones.get(keyOf({ kind, name, namespace }));
      return generation === undefined ? [] : [{ kind, name, namespace, generation }];
    });
    for (const name of remove) removable.add(keyOf(name));
    world.set(revision, set, remove);
  };

  const specOf = (kind: CatalogKind): object =>
    kind === "MirrordClusterProfile"
      ? (clusterProfile("", pick(["dns-off", "incoming-off", "no-such-change"])).spec as object)
      : (clusterPolicy(
          "",
          pick([{}, { requireProfile: true }, { profileAllowlist: ["dev"] }, { targetPath: "deploy/*" }]),
        ).spec as object);

  const changeEntry = (): void => {
    const place = pick(PLACES);
    const key = keyOf(place);
    const generation = (generations.get(key) ?? 0) + 1;
    generations.set(key, generation);
    entries.delete(key);
    tombstones.delete(key);
    if (random.chance(0.7)) entries.set(key, { spec: specOf(place.kind), generation });
    else if (random.chance(0.5)) tombstones.set(key, generation);
    publish();
  };

  // What the agent must never change: objects that are not of its catalog.
  const isOwn = (object: { metadata: Record<string, unknown> } | undefined): boolean =>
    (object?.metadata["annotations"] as Record<string, string> | undefined)?.["mirrord-license-server/catalog-id"] ===
    CATALOG_ID;
  const watchWrites = (call: KubeCall): void => {
    if (call.method === "GET" || call.method === "POST" || call.query.get("dryRun") !== null) return;
    const place = PLACES.find(({ collection, name }) => call.path === `${collection}/${name}`);
    if (place === undefined) return;
    const before = kube.get(place.collection, place.name);
    const body = call.body as { metadata?: { resourceVersion?: string }; preconditions?: { resourceVersion?: string } };
    const version = (body.metadata ?? body.preconditions)?.resourceVersion;
    if (version === undefined) faults.push(`${call.method} ${call.path} without a resourceVersion`);
    if (version !== before?.metadata.resourceVersion) return;
    if (!isOwn(before)) faults.push(`${call.method} of an object of others: ${call.path}`);
    if (call.method === "DELETE" && !removable.has(keyOf(place)))
      faults.push(`${call.path} was removed, and no set said so`);
    if (call.method === "DELETE" && isRestored) faults.push(`${call.path} was removed after the catalog went back`);
  };
  let trouble: () => ReturnType<typeof refusal> | undefined = () => undefined;
  let isRestored = false;
  kube.setRule((call) => {
    const answer = trouble();
    if (answer !== undefined && answer.status !== 0) return answer;
    watchWrites(call);
    if (answer === undefined) return undefined;
    return kube.get(CLUSTER_POLICIES, "a") === undefined ? answer : undefined;
  });

  let agent = world.start();
  const others = (): void => {
    const { collection, name, kind, namespace } = pick(PLACES);
    const object = kube.get(collection, name);
    if (object === undefined) {
      if (namespace !== null && kube.get("/api/v1/namespaces", namespace) === undefined) return;
      const { spec } = kind === "MirrordClusterProfile" ? clusterProfile(name) : clusterPolicy(name);
      kube.put(collection, { kind, metadata: { name }, spec });
    } else if (random.chance(0.3)) kube.remove(collection, name);
    else if (random.chance(0.2)) kube.setMetadata(collection, name, { annotations: {}, labels: {} });
    else if (kind === "MirrordClusterProfile")
      kube.edit(collection, name, "kubectl-edit", { spec: { featureAdjustments: [] } });
    else kube.edit(collection, name, "argocd", { spec: { block: pick([[], ["mirror"]]) } });
  };
  const events: readonly (() => void | Promise<void>)[] = [
    changeEntry,
    changeEntry,
    others,
    others,
    () => {
      agent.stopping.abort();
      agent = world.start();
    },
    () =>
      kube.setSchema(
        CLUSTER_POLICY_RESOURCE,
        pick([POLICY, without(POLICY, "requireProfile"), without(POLICY, "targetPath")]),
      ),
    () => (random.chance(0.5) ? kube.install(CLUSTER_POLICY_RESOURCE) : kube.uninstall(CLUSTER_POLICY_RESOURCE)),
    () => void kube.put("/api/v1/namespaces", { metadata: { name: "shop" } }),
    () => {
      const kinds = [
        refusal(429, "TooManyRequests"),
        refusal(403, "Forbidden"),
        refusal(500, "InternalError"),
        { status: 0 },
      ];
      const answer = pick(kinds);
      trouble = random.chance(0.4) ? () => (random.chance(0.5) ? answer : undefined) : () => undefined;
    },
    () => {
      catalog.isAway = random.chance(0.5);
    },
    async () => {
      // A restored table: an earlier revision with nothing in it but removals.
      const { set } = catalog;
      if (set === undefined || revision < 2 || catalog.isAway) return;
      await agent.pass(MINUTE);
      isRestored = true;
      const remove = PLACES.map(({ kind, name, namespace }) => ({ kind, name, namespace, generation: 99 }));
      world.set(0, [], remove);
      await agent.pass(2 * MINUTE);
      isRestored = false;
      catalog.set = set;
    },
  ];
  for (let step = 0; step < STEPS; step += 1) {
    await pick(events)();
    await agent.pass(random.integer(0, 60) * 1_000);
  }

  // Everything is well again, and nobody else changes anything: after the longest wait, the cluster is as the catalog says.
  trouble = () => undefined;
  catalog.isAway = false;
  kube.setSchema(CLUSTER_POLICY_RESOURCE, POLICY);
  kube.install(CLUSTER_POLICY_RESOURCE);
  kube.put("/api/v1/namespaces", { metadata: { name: "shop" } });
  for (const place of PLACES) {
    const entry = entries.get(keyOf(place));
    if (isDeepStrictEqual(entry?.spec, { featureAdjustments: [{ change: "no-such-change" }] }))
      entries.delete(keyOf(place));
    if (!isOwn(kube.get(place.collection, place.name))) kube.remove(place.collection, place.name);
  }
  publish();
  for (let step = 0; step < 16; step += 1) {
    clock.now += 9 * MINUTE;
    await agent.pass(MINUTE);
  }
  for (const place of PLACES) {
    const object = kube.get(place.collection, place.name);
    const entry = entries.get(keyOf(place));
    if (entry === undefined && tombstones.has(keyOf(place)) && object !== undefined)
      faults.push(`${keyOf(place)} is not removed`);
    if (entry === undefined) continue;
    if (object === undefined) faults.push(`${keyOf(place)} is missing: ${agent.states().join(", ")}`);
    else if (
      !Object.entries(entry.spec).every(([name, value]) =>
        isDeepStrictEqual((object["spec"] as Record<string, unknown>)[name], value),
      )
    )
      faults.push(`${keyOf(place)} differs from generation ${entry.generation}`);
  }
  const left = agent.states().filter((state) => !/ orphaned /.test(state));
  if (left.length > 0) faults.push(`not applied in the end: ${left.join(", ")}`);
  await world.close();
  return faults;
};

describe("in random histories", () => {
  it("the agent changes nothing of others, removes only what a set names, and ends with what the catalog says", async () => {
    for (let history = 0; history < HISTORIES; history += 1) {
      const seed = `catalog-${SEED}-${history}`;
      expect({ seed, faults: await live(seed) }).toEqual({ seed, faults: [] });
    }
  }, 600_000);
});

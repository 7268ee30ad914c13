import { type CatalogKeeper, createCatalogKeeper } from "../../../agent/catalog/keeper.ts";
import type { CatalogSet } from "../../../agent/catalog/types.ts";
import { CATALOG_WAITS } from "../../../agent/catalog/waits.ts";
import { createMetrics } from "../../../agent/health/metrics.ts";
import { createLog } from "../../../agent/log.ts";
import { createTroubles } from "../../../agent/troubles.ts";
import type { Outcome } from "../../../agent/wire/call.ts";
import type { CatalogKind } from "../../../shared/contract/catalog.ts";
import { type ApiServer, type KubeCall, startApiServer } from "../kube/api-server.ts";
import { kubeIn } from "../kube/direct.ts";
import { CATALOG_SCHEMAS } from "../kube/schemas.ts";

export const CATALOG_ID = "catalog-1";
export const CLUSTER_POLICIES = "/apis/policies.mirrord.metalbear.co/v1alpha/mirrordclusterpolicies";
export const CLUSTER_PROFILES = "/apis/profiles.mirrord.metalbear.co/v1alpha/mirrordclusterprofiles";
export const policiesOf = (namespace: string): string =>
  `/apis/policies.mirrord.metalbear.co/v1alpha/namespaces/${namespace}/mirrordpolicies`;

type SetEntry = CatalogSet["entries"][number];
type NameOf = { kind: CatalogKind; name: string; namespace: string | null };

/** An entry of a set, whose hash follows from what it says. */
export const entryOf = (
  kind: CatalogKind,
  name: string,
  spec: object,
  { generation = 1, namespace = null }: { generation?: number; namespace?: string | null } = {},
): SetEntry => ({ kind, name, namespace, generation, spec, hash: `hash of ${JSON.stringify(spec)}` });

export const clusterPolicy = (name: string, spec: object = {}, generation = 1): SetEntry =>
  entryOf("MirrordClusterPolicy", name, { block: ["steal"], ...spec }, { generation });

export const clusterProfile = (name: string, change = "dns-off", generation = 1): SetEntry =>
  entryOf("MirrordClusterProfile", name, { featureAdjustments: [{ change }] }, { generation });

const START = Date.parse("2026-11-02T08:00:00Z");

/** An agent's catalog in a cluster of this process. Time passes only in `pass`, and the server's set is what a test says. */
export const catalogCluster = async () => {
  const clock = { now: START };
  const kube: ApiServer = await startApiServer({ now: () => clock.now, installed: [...CATALOG_SCHEMAS.keys()] });
  const catalog = { set: undefined as CatalogSet | undefined, isAway: false, fetches: [] as (string | undefined)[] };
  const lease: Record<string, string> = {};

  const fetchSet = async (etag: string | undefined): Promise<Outcome<unknown>> => {
    catalog.fetches.push(etag);
    if (catalog.isAway || catalog.set === undefined) return { kind: "lost", detail: "connect ECONNREFUSED" };
    const current = `"${catalog.set.catalog_id}-${catalog.set.revision}"`;
    const problem = { kind: "problem", code: "Http304", detail: "", retryAfterMs: undefined, date: undefined } as const;
    if (etag === current) return { ...problem, status: 304 };
    return { kind: "ok", status: 200, body: JSON.parse(JSON.stringify(catalog.set)), etag: current };
  };

  /** A process of the agent, with what a process before it left on the Lease. */
  const start = () => {
    const lines: { level: string; message: string }[] = [];
    const log = createLog(
      "debug",
      (line) => void lines.push(JSON.parse(line)),
      () => clock.now,
    );
    const metrics = createMetrics();
    const stopping = new AbortController();
    const keeper: CatalogKeeper = createCatalogKeeper({
      ...{ kube: kubeIn(kube), fetchSet, metrics, log, waits: CATALOG_WAITS },
      clock: { now: () => clock.now, sleep: async () => {} },
      troubles: createTroubles(log, () => {}),
      onStatus: () => {},
      onLook: () => {},
    });
    keeper.lease.found(lease);
    return {
      keeper,
      metrics,
      lines,
      stopping,
      /** One step, and then as many as are due within the time. */
      pass: async (ms = 0): Promise<void> => {
        const end = clock.now + ms;
        for (;;) {
          if (catalog.set !== undefined) keeper.noted(catalog.set.revision);
          const nextMs = await keeper.step(stopping.signal);
          Object.assign(lease, keeper.lease.annotations());
          if (clock.now + nextMs > end) break;
          clock.now += nextMs;
        }
        clock.now = end;
      },
      /** The status that waits for a heartbeat. */
      status: () => keeper.reports.waiting(),
      /** What is not applied, in short. */
      states: (): string[] =>
        (keeper.reports.waiting()?.entries ?? []).map(
          ({ name, state, generation_in_force }) => `${name} ${state} ${generation_in_force ?? "-"}`,
        ),
    };
  };

  return {
    kube,
    clock,
    catalog,
    lease,
    start,
    /** What the server's catalog has for this cluster from now on. */
    set: (
      revision: number,
      entries: readonly SetEntry[],
      remove: readonly (NameOf & { generation: number })[] = [],
    ) => {
      catalog.set = { catalog_id: CATALOG_ID, revision, entries, remove };
    },
    /** The writes so far, in short, without dry runs. */
    writes: (): string[] =>
      kube.calls
        .filter((call) => call.method !== "GET" && !isDry(call))
        .map(({ method, path, body }) => {
          const name = (body as { metadata?: { name?: string } } | undefined)?.metadata?.name;
          return `${method} ${method === "POST" ? name : path.split("/").at(-1)}`;
        }),
    dryRuns: (): number => kube.calls.filter(isDry).length,
    close: () => kube.close(),
  };
};

const isDry = ({ query }: KubeCall): boolean => query.get("dryRun") !== null;

export type CatalogCluster = Awaited<ReturnType<typeof catalogCluster>>;

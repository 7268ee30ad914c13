import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { readAuthority } from "../../agent/kube/authority.ts";
import { createKube, type Kube } from "../../agent/kube/kube.ts";
import { createSessions } from "../../agent/sessions/machine.ts";
import type { Observation } from "../../agent/sessions/types.ts";
import { createClockOffset } from "../../agent/watch/offset.ts";
import { WATCH_WAITS, type WatchWaits, watchAll } from "../../agent/watch/watch.ts";
import { systemClock } from "../../agent/wire/clock.ts";
import { type ControlPlane, startControlPlane } from "../../tools/cluster/control-plane.ts";
import { installDefinition, readDefinitions } from "../../tools/cluster/definitions.ts";

const SESSIONS = "/apis/mirrord.metalbear.co/v1alpha/mirrordclustersessions";
const ROLES = "/apis/rbac.authorization.k8s.io/v1";
const AGENT = "watch-tests";

/** A cluster with mirrord's definitions and a service account that may list and watch their objects. */
export type Cluster = ControlPlane & {
  readonly kubeconfig: string;
  createSession(name: string): Promise<void>;
  /** Closes it with a status. */
  closeSession(name: string): Promise<void>;
  deleteSession(name: string): Promise<void>;
  grant(): Promise<void>;
  revoke(): Promise<void>;
  /** Deletes all sessions. */
  clear(): Promise<void>;
};

/** The folder of kube-apiserver and etcd. */
export const programsFolder = (): string => {
  const folder = process.env["CLUSTER_PROGRAMS"];
  if (folder === undefined) throw new Error("CLUSTER_PROGRAMS is not set. Run .ci/verify-cluster.sh --tests");
  return folder;
};

/** Starts the cluster, without the definition of previews. `installPreviews` adds it. */
export const startCluster = async (): Promise<Cluster & { installPreviews(): Promise<void> }> => {
  const programs = programsFolder();
  const folder = mkdtempSync(join(tmpdir(), "cluster-test-"));
  const plane = await startControlPlane({ name: "watch", programs, folder });
  const { admin } = plane;
  const definitions = readDefinitions();
  const isPreview = ({ spec }: { spec: { group: string } }) => spec.group.startsWith("preview.");
  for (const definition of definitions) if (!isPreview(definition)) await installDefinition(admin, definition);
  await admin.expect("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: AGENT } });
  await admin.expect("POST", `${ROLES}/clusterroles`, {
    metadata: { name: AGENT },
    rules: definitions.map(({ spec }) => ({
      apiGroups: [spec.group],
      resources: [spec.names.plural],
      verbs: ["list", "watch"],
    })),
  });
  const issued = (await admin.expect("POST", `/api/v1/namespaces/default/serviceaccounts/${AGENT}/token`, {
    spec: {},
  })) as { status: { token: string } };
  const kubeconfig = await plane.writeKubeconfig("agent", issued.status.token);
  const cluster: Cluster & { installPreviews(): Promise<void> } = {
    ...plane,
    get apiServer() {
      return plane.apiServer;
    },
    kubeconfig,
    createSession: async (name) => void (await admin.expect("POST", SESSIONS, sessionManifest(name))),
    closeSession: async (name) => {
      const patch = { status: { closed: { reason: "Unused" } } };
      await admin.expect("PATCH", `${SESSIONS}/${name}/status`, patch, { contentType: "application/merge-patch+json" });
    },
    deleteSession: async (name) => void (await admin.expect("DELETE", `${SESSIONS}/${name}`)),
    grant: async () =>
      void (await admin.expect("POST", `${ROLES}/clusterrolebindings`, {
        metadata: { name: AGENT },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: AGENT },
        subjects: [{ kind: "ServiceAccount", name: AGENT, namespace: "default" }],
      })),
    revoke: async () => void (await admin.expect("DELETE", `${ROLES}/clusterrolebindings/${AGENT}`)),
    clear: async () => void (await admin.expect("DELETE", SESSIONS)),
    installPreviews: async () => {
      for (const definition of definitions) if (isPreview(definition)) await installDefinition(admin, definition);
    },
    stop: async () => {
      await plane.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await cluster.grant();
  return cluster;
};

const sessionManifest = (name: string) => ({
  apiVersion: "mirrord.metalbear.co/v1alpha",
  kind: "MirrordClusterSession",
  metadata: { name },
  spec: {
    namespace: "shop",
    owner: { userId: "key", username: "Ada", hostname: "laptop", k8sUsername: "ada@example.com" },
    target: { apiVersion: "apps/v1", kind: "Deployment", name: "api", container: "api" },
  },
});

export type Watching = {
  readonly observations: Observation[];
  readonly troubles: Map<string, string>;
  /** How often all objects of the sessions were listed. */
  lists(): number;
  /** The names of the live sessions, sorted. Undefined before the first complete list. */
  live(): string[] | undefined;
  /** Until when every kind is known. */
  observedAt(): number | undefined;
  /** Waits until exactly these sessions are live. */
  untilLive(...names: string[]): Promise<void>;
  stop(): Promise<void>;
};

/** Steps into the calls of a watch. */
export type Hooks = {
  /** Before a page of the sessions is read; `page` counts from 1. */
  beforePage?: (page: number) => Promise<void>;
  /** Before a watch of the sessions opens; `watch` counts from 1. */
  beforeWatch?: (watch: number) => Promise<void>;
  /** An open watch of the sessions, with a way to break its connection. */
  onWatch?: (breakConnection: () => void) => void;
};

/** Watches the cluster as the agent does, into a state machine of its own. */
export const watch = async (
  cluster: Cluster,
  options: { waits?: Partial<WatchWaits>; pageSize?: number; hooks?: Hooks } = {},
): Promise<Watching> => {
  const read = await readAuthority({ KUBECONFIG: cluster.kubeconfig }, systemClock.now);
  if (read.kind === "faulty") throw new Error(read.faults.join(" "));
  const kube = hooked(createKube({ authority: read.authority, timeoutMs: 10_000 }), options.hooks ?? {});
  const sessions = createSessions({ instanceId: "cluster-test" });
  const observations: Observation[] = [];
  const troubles = new Map<string, string>();
  const controller = new AbortController();
  const observe = (observation: Observation): void => {
    observations.push(observation);
    sessions.observe(observation);
  };
  const ended = watchAll({
    kube,
    clock: systemClock,
    random: { next: () => 0 },
    offset: createClockOffset(),
    observe,
    trouble: (key, text) => void (text === undefined ? troubles.delete(key) : troubles.set(key, text)),
    signal: controller.signal,
    waits: { ...WATCH_WAITS, retryMs: 100, longestRetryMs: 400, missingMs: 200, ...options.waits },
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
  });
  const ticks = setInterval(() => observe({ at: Date.now(), type: "tick" }), 1_000);
  const live = (): string[] | undefined =>
    sessions
      .view()
      .list?.map((id) => id.split(/[.:]/)[0] ?? "")
      .sort();
  return {
    observations,
    troubles,
    lists: () => observations.filter(({ type, ...rest }) => type === "listed" && isOfSessions(rest)).length,
    live,
    observedAt: () => sessions.view().observedAt,
    untilLive: (...names) => until(() => JSON.stringify(live()) === JSON.stringify([...names].sort())),
    stop: async () => {
      clearInterval(ticks);
      controller.abort();
      await ended;
    },
  };
};

export const isOfSessions = (observation: object): boolean =>
  "kind" in observation && observation.kind === "MirrordClusterSession";

/** Waits until a condition holds. Fails after 30 s. */
export const until = (condition: () => boolean): Promise<void> =>
  vi.waitUntil(condition, { timeout: 30_000, interval: 20 }).then(() => undefined);

const hooked = (kube: Kube, { beforePage, beforeWatch, onWatch }: Hooks): Kube => {
  let pages = 0;
  let watches = 0;
  return {
    call: async (request) => {
      if (request.path === SESSIONS) {
        pages += 1;
        await beforePage?.(pages);
      }
      return kube.call(request);
    },
    stream: async (request) => {
      if (request.path !== SESSIONS) return kube.stream(request);
      watches += 1;
      await beforeWatch?.(watches);
      const opened = await kube.stream(request);
      if (opened.kind === "stream") onWatch?.(() => opened.body.destroy());
      return opened;
    },
  };
};

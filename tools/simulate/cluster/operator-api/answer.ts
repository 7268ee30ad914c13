import { SECOND_MS } from "../../../../shared/contract/time.ts";
import type { SessionTruth } from "../record.ts";
import type { OpenSession, OperatorCluster } from "../stage.ts";

/**
 * How old the operator is. `current` lists sessions and stops them by decimal and hexadecimal id; `no-list` is from before it
 * listed them; `decimal` stops by the decimal id alone; `no-sessions` cannot stop sessions at all.
 */
export type OperatorGeneration = "current" | "no-list" | "decimal" | "no-sessions";

export type OperatorAnswer = { status: number; body: object };

const GROUP_VERSION = "operator.metalbear.co/v1";
const ROOT = `/apis/${GROUP_VERSION}`;
const VERSIONS: Readonly<Record<OperatorGeneration, string>> = {
  current: "3.196.0",
  "no-list": "3.182.0",
  decimal: "3.150.0",
  "no-sessions": "3.90.0",
};

/** The operator's answer to one call. A DELETE of a session closes it. */
export const answer = (
  cluster: OperatorCluster,
  generation: OperatorGeneration,
  now: number,
  method: string,
  url: string,
): OperatorAnswer => {
  const path = decodeURIComponent(url.split("?")[0] ?? "");
  if (method === "GET" && (path === ROOT || path === `${ROOT}/`)) return ok(resources());
  if (method === "GET" && path === `${ROOT}/mirrordoperators/operator`) return ok(operator(cluster, generation, now));
  if (method === "GET" && path === `${ROOT}/mirrordoperators`) {
    return ok({ ...listOf("MirrordOperatorCrdList"), items: [operator(cluster, generation, now)] });
  }
  if (path === `${ROOT}/sessions`) return sessions(cluster, generation, now, method);
  const id = path.startsWith(`${ROOT}/sessions/`) ? path.slice(`${ROOT}/sessions/`.length) : undefined;
  if (id !== undefined && method === "DELETE") return stop(cluster, generation, id);
  return failure(404, "NotFound", `the operator has nothing at ${path}`);
};

const sessions = (
  cluster: OperatorCluster,
  generation: OperatorGeneration,
  now: number,
  method: string,
): OperatorAnswer => {
  if (generation === "no-sessions") return unparsable();
  if (method === "DELETE") {
    for (const session of cluster.open.values()) close(session);
    return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 200 });
  }
  if (generation !== "current") return failure(404, "NotFound", "sessions are not listed");
  const items = statusSessions(cluster, now).map((session) => ({
    apiVersion: GROUP_VERSION,
    kind: "Session",
    metadata: { name: session.id },
    spec: { session },
  }));
  return ok({ ...listOf("SessionList"), items });
};

const stop = (cluster: OperatorCluster, generation: OperatorGeneration, id: string): OperatorAnswer => {
  if (generation === "no-sessions") return unparsable();
  if (generation === "decimal" && !/^\d+$/.test(id)) return unparsable();
  const session = findSession(cluster, id);
  if (session === undefined) return failure(404, "NotFound", `session ${id} not found`);
  close(session);
  return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 200 });
};

// The operator has one number for a session, whichever way it is written. Names that are no number are matched as they are.
const findSession = ({ open }: OperatorCluster, id: string): OpenSession | undefined => {
  const named = open.get(id) ?? open.get(`mc-${id}`);
  if (named !== undefined) return named;
  const numbers = [
    /^\d+$/.test(id) ? BigInt(id) : undefined,
    /^[0-9a-f]{1,16}$/i.test(id) ? BigInt(`0x${id}`) : undefined,
  ];
  for (const [name, session] of open) {
    if (/^[0-9a-f]+$/.test(name) && numbers.includes(BigInt(`0x${name}`))) return session;
  }
  return undefined;
};

// The reason that an operator writes here is not public.
const close = ({ signal }: OpenSession): void =>
  signal.close({ reason: "Stopped", message: "An administrator stopped the session." });

const operator = (cluster: OperatorCluster, generation: OperatorGeneration, now: number) => ({
  apiVersion: GROUP_VERSION,
  kind: "MirrordOperator",
  metadata: { name: "operator" },
  spec: {
    operator_version: VERSIONS[generation],
    default_namespace: "default",
    operator_namespace: "mirrord",
    features: null,
    supported_features: [],
    license: { name: "Stand-in", organization: "Stand-in", expire_at: "2030-01-01" },
    protocol_version: "1.20.0",
    copy_target_enabled: true,
  },
  status: {
    sessions: statusSessions(cluster, now),
    multi_cluster_sessions: multiClusterSessions(cluster, now),
    statistics: { dau: 0, mau: 0 },
    copy_targets: [],
  },
});

const statusSessions = ({ open }: OperatorCluster, now: number) =>
  [...open.values()]
    .filter(({ truth }) => truth.object === "MirrordClusterSession")
    .map(({ truth }) => ({
      id: truth.name.toUpperCase(),
      duration_secs: Math.max(0, Math.floor((now - truth.startedAt) / SECOND_MS)),
      user: userOf(truth),
      target: truth.target === undefined || !("name" in truth.target) ? "targetless" : truth.target.name,
      namespace: truth.namespace,
      locked_ports: truth.lockedPorts.map(({ port, kind }) => ({ port, kind, filter: null })),
      user_id: truth.owner?.userId,
    }));

// Only the primary has parents.
const multiClusterSessions = ({ open, name }: OperatorCluster, now: number) =>
  [...open.values()]
    .filter(({ truth }) => truth.object === "MirrordMultiClusterSession" && truth.cluster === name)
    .map(({ truth }) => ({
      id: truth.name.slice("mc-".length).toUpperCase(),
      durationSecs: Math.max(0, Math.floor((now - truth.startedAt) / SECOND_MS)),
      user: userOf(truth),
      namespace: truth.namespace,
      phase: "Ready",
    }));

const userOf = ({ owner }: SessionTruth): string => `${owner?.username}/${owner?.k8sUsername}@${owner?.hostname}`;

const resources = () => ({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: GROUP_VERSION,
  resources: [
    {
      name: "mirrordoperators",
      singularName: "mirrordoperator",
      namespaced: false,
      kind: "MirrordOperator",
      verbs: ["get", "list"],
    },
    {
      name: "sessions",
      singularName: "session",
      namespaced: false,
      kind: "Session",
      verbs: ["delete", "deletecollection", "list"],
    },
  ],
});

const listOf = (kind: string) => ({ apiVersion: GROUP_VERSION, kind, metadata: {} });

const ok = (body: object): OperatorAnswer => ({ status: 200, body });

const failure = (code: number, reason: string, message: string): OperatorAnswer => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", reason, message, code },
});

// How an operator without this part of the API answers.
const unparsable = (): OperatorAnswer =>
  failure(404, "failed to parse request", "the path is unknown to this operator");

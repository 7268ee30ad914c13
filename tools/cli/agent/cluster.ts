import type { Command } from "commander";
import { readAuthority } from "../../../agent/kube/authority.ts";
import { createKube, describeKube, type Kube, type KubeOutcome } from "../../../agent/kube/kube.ts";
import { SECOND_MS } from "../../../shared/contract/time.ts";
import { CliError, EXIT, type Exit } from "../exit.ts";
import type { System } from "../system.ts";
import { safe } from "../text.ts";

export type ClusterOptions = { kubeconfig?: string; context?: string };

/** A cluster, as the user of the kubeconfig or as somebody else. */
export type Cluster = {
  server: string;
  kube: Kube;
  /** The same cluster as another user, which requires the right to impersonate. */
  as(user: string): Kube;
};

const TIMEOUT_MS = 10 * SECOND_MS;

/**
 * The cluster of a kubeconfig file, of KUBECONFIG or of `~/.kube/config`, by its current context or the named one.
 * @throws CliError if there is no usable kubeconfig
 */
export const clusterOf = async ({ kubeconfig, context }: ClusterOptions, { env, now }: System): Promise<Cluster> => {
  const variables = kubeconfig === undefined ? env : { ...env, KUBECONFIG: kubeconfig };
  const reading = await readAuthority(variables, now, undefined, context);
  if (reading.kind === "faulty") throw new CliError(EXIT.usage, ...reading.faults.map(safe));
  const { authority } = reading;
  return {
    server: authority.server,
    kube: createKube({ authority, timeoutMs: TIMEOUT_MS }),
    as: (user) =>
      createKube({
        authority: {
          server: authority.server,
          apply: async (options) => {
            await authority.apply(options);
            options.headers = { ...options.headers, "impersonate-user": user };
          },
        },
        timeoutMs: TIMEOUT_MS,
      }),
  };
};

/** The options that name a cluster. */
export const withCluster = (target: Command): Command =>
  target
    .option("--kubeconfig <file>", "the kubeconfig file (default: KUBECONFIG, or ~/.kube/config)")
    .option("--context <name>", "the cluster's context in it (default: the current one)");

/** The agent's id of a cluster: the UID of the namespace `default`. @throws CliError if it cannot be read */
export const clusterIdOf = async (cluster: Cluster): Promise<string> => {
  const outcome = await cluster.kube.call({ path: "/api/v1/namespaces/default" });
  const uid = textAt(bodyOf(outcome), "metadata", "uid");
  if (uid !== undefined) return uid;
  throw new CliError(
    exitOfKube(outcome),
    `The cluster's id cannot be read from ${safe(cluster.server)}: ${safe(describeKube(outcome))}`,
    "  It is the UID of the namespace default. Check the kubeconfig and its current context.",
  );
};

/** The id under which a cluster's agent is known to the server. */
export const instanceIdOf = (clusterId: string): string => `cluster-${clusterId}`;

/** The body of an answer 200; undefined for any other. */
export const bodyOf = (outcome: KubeOutcome): unknown =>
  outcome.kind === "answer" && outcome.status === 200 ? outcome.body : undefined;

export const exitOfKube = (outcome: KubeOutcome): Exit => {
  if (outcome.kind === "lost") return EXIT.unavailable;
  if (outcome.status === 401 || outcome.status === 403) return EXIT.denied;
  return outcome.status === 404 ? EXIT.notFound : EXIT.failed;
};

/** What is at a path inside an object; undefined where it leads nowhere. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
    value,
  );

export const textAt = (value: unknown, ...path: readonly (string | number)[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
};

export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

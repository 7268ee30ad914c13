import { readFileSync } from "node:fs";
import { Agent, type RequestOptions } from "node:https";
import { delimiter } from "node:path";
import type { EpochMs } from "../../shared/contract/time.ts";

/** An API server, and what authenticates calls to it. */
export type Authority = {
  /** Its URL, with a path prefix if there is one. */
  server: string;
  /** Adds credentials, certificates and the connection pool to the options of a call. */
  apply(options: RequestOptions): Promise<void>;
};

export type AuthorityReading = { kind: "ready"; authority: Authority } | { kind: "faulty"; faults: string[] };

/** Where Kubernetes mounts a pod's service account. */
export const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const TOKEN_EVERY_MS = 60_000;

/** Whether this process runs in a pod and uses the pod's service account: no kubeconfig is named. */
export const isInPod = (env: NodeJS.ProcessEnv): boolean =>
  (env["KUBERNETES_SERVICE_HOST"] ?? "") !== "" && (env["KUBECONFIG"] ?? "") === "";

/**
 * Reads how to reach the API server: in a pod from its service account, elsewhere from `KUBECONFIG` or `~/.kube/config`, by the
 * current context or the named one. Every fault is one line.
 */
export const readAuthority = async (
  env: NodeJS.ProcessEnv,
  now: () => EpochMs,
  serviceAccount = SERVICE_ACCOUNT,
  context?: string,
): Promise<AuthorityReading> =>
  isInPod(env) && context === undefined ? readPod(env, now, serviceAccount) : readKubeconfig(env, context);

// The official client would do this too, but loading it takes 40 MB, which is most of what the agent may use.
const readPod = (env: NodeJS.ProcessEnv, now: () => EpochMs, folder: string): AuthorityReading => {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] || "443";
  let ca: Buffer;
  let token: { text: string; readAt: EpochMs };
  const readToken = (): typeof token => ({ text: readFileSync(`${folder}/token`, "utf8").trim(), readAt: now() });
  try {
    ca = readFileSync(`${folder}/ca.crt`);
    token = readToken();
  } catch (error) {
    return faulty(
      `The service account of this pod cannot be read: ${messageOf(error)}. Set automountServiceAccountToken: true on the pod.`,
    );
  }
  const agent = new Agent({ keepAlive: true, ca });
  return {
    kind: "ready",
    authority: {
      server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      apply: async (options) => {
        // Kubernetes replaces the token in the file before it expires.
        if (now() - token.readAt > TOKEN_EVERY_MS) token = readToken();
        options.agent = agent;
        options.headers = { ...options.headers, authorization: `Bearer ${token.text}` };
      },
    },
  };
};

const readKubeconfig = async (env: NodeJS.ProcessEnv, wanted?: string): Promise<AuthorityReading> => {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  const named = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const source = named.length === 0 ? "~/.kube/config" : named.join(", ");
  try {
    const [first, ...others] = named;
    if (first === undefined) config.loadFromDefault();
    else config.loadFromFile(first);
    for (const path of others) {
      const other = new KubeConfig();
      other.loadFromFile(path);
      config.mergeConfig(other);
    }
  } catch (error) {
    return faulty(`KUBECONFIG is not usable (${source}): ${messageOf(error)}. Set it to a valid kubeconfig file.`);
  }
  if (wanted !== undefined) {
    if (config.getContextObject(wanted) === null)
      return faulty(
        `KUBECONFIG has no context ${JSON.stringify(wanted)} (${source}). See kubectl config get-contexts.`,
      );
    config.setCurrentContext(wanted);
  }
  const cluster = config.getCurrentCluster();
  // What the client invents if there is no configuration at all.
  if (named.length === 0 && config.getCurrentContext() === "loaded-context")
    return faulty("No kubeconfig was found. Set KUBECONFIG to the path of one.");
  if (cluster === null || cluster === undefined) {
    const context = config.getCurrentContext();
    const fault = context
      ? `its current context ${JSON.stringify(context)} names no cluster`
      : "it has no current context";
    return faulty(`KUBECONFIG is not usable (${source}): ${fault}. Choose one with kubectl config use-context.`);
  }
  if (!/^https?:\/\//.test(cluster.server) || !URL.canParse(cluster.server))
    return faulty(`KUBECONFIG is not usable (${source}): the server ${JSON.stringify(cluster.server)} is not a URL.`);
  try {
    // Files of certificates, and plain HTTP without skipTLSVerify, fail here and not at the first call.
    await config.applyToHTTPSOptions({});
  } catch (error) {
    return faulty(`KUBECONFIG is not usable (${source}): ${messageOf(error)}.`);
  }
  return {
    kind: "ready",
    authority: { server: cluster.server, apply: (options) => config.applyToHTTPSOptions(options) },
  };
};

const faulty = (fault: string): AuthorityReading => ({ kind: "faulty", faults: [fault] });

// The first line alone: after it a parser shows the text of the file, which has credentials.
const messageOf = (error: unknown): string => {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.replace(/\.$/, "");
};

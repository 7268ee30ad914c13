import { describeKube } from "../../../agent/kube/kube.ts";
import type { RightsValues } from "../../agent/rights.ts";
import { AGENT_NAME } from "../../agent/values.ts";
import { at, bodyOf, type Cluster, listAt, textAt } from "./cluster.ts";

/** The agent's Deployment in a cluster. */
export type Installed = {
  namespace: string;
  ready: boolean;
  image: string | undefined;
  /** The user that the agent is in the cluster. */
  user: string;
  env: ReadonlyMap<string, string>;
  /** The Secret and the entry with its credential; undefined where the Deployment names none. */
  credential: { secret: string; entry: string; kind: "token" | "key" } | undefined;
};

export type InstalledReading =
  | { kind: "installed"; agent: Installed }
  | { kind: "absent" }
  | { kind: "unknown"; why: string };

/** Reads the agent's Deployment. */
export const readInstalled = async ({ kube }: Cluster, namespace: string): Promise<InstalledReading> => {
  const outcome = await kube.call({ path: deploymentPath(namespace, AGENT_NAME) });
  const deployment = bodyOf(outcome);
  if (deployment === undefined)
    return outcome.kind === "answer" && outcome.status === 404
      ? { kind: "absent" }
      : { kind: "unknown", why: describeKube(outcome) };
  const pod = at(deployment, "spec", "template", "spec");
  const [container] = listAt(pod, "containers");
  const env = environmentIn(container);
  return {
    kind: "installed",
    agent: {
      namespace,
      ready: Number(at(deployment, "status", "readyReplicas") ?? 0) > 0,
      image: textAt(container, "image"),
      user: `system:serviceaccount:${namespace}:${textAt(pod, "serviceAccountName") ?? "default"}`,
      env,
      credential: credentialIn(pod, container, env),
    },
  };
};

export const deploymentPath = (namespace: string, name: string): string =>
  `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(name)}`;

/** The variables of a container that have a value of their own. */
export const environmentIn = (container: unknown): ReadonlyMap<string, string> =>
  new Map(
    listAt(container, "env").flatMap((variable) => {
      const [name, value] = [textAt(variable, "name"), textAt(variable, "value")];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );

/** The Secret that a container sees at a path, and the entry's name in it. */
export const secretAt = (
  pod: unknown,
  container: unknown,
  path: string,
): { secret: string; entry: string } | undefined => {
  const mount = listAt(container, "volumeMounts").find((each) => path.startsWith(`${textAt(each, "mountPath")}/`));
  const volume = listAt(pod, "volumes").find(
    (each) => mount !== undefined && textAt(each, "name") === textAt(mount, "name"),
  );
  const secret = textAt(volume, "secret", "secretName");
  return secret === undefined ? undefined : { secret, entry: path.slice(path.lastIndexOf("/") + 1) };
};

/** What the agent is set to do. */
export const settingsOf = (env: ReadonlyMap<string, string>): RightsValues => ({
  operator: { namespace: env.get("OPERATOR_NAMESPACE") ?? "mirrord" },
  license: {
    secretName: env.get("LICENSE_SECRET_NAME") ?? "",
    restartOperator: env.get("RESTART_OPERATOR") === "true",
  },
  enforceSeats: env.get("ENFORCE_SEATS") === "true",
  killPreviews: env.get("KILL_PREVIEWS") === "true",
  applyCatalog: env.get("APPLY_CATALOG") === "true",
});

const credentialIn = (pod: unknown, container: unknown, env: ReadonlyMap<string, string>): Installed["credential"] => {
  const [kind, path] = env.has("AGENT_TOKEN_FILE")
    ? (["token", env.get("AGENT_TOKEN_FILE")] as const)
    : (["key", env.get("LICENSE_KEY_FILE")] as const);
  const found = path === undefined ? undefined : secretAt(pod, container, path);
  return found === undefined ? undefined : { ...found, kind };
};

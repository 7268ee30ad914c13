import { describeKube } from "../../../agent/kube/kube.ts";
import { SECOND_MS } from "../../../shared/contract/time.ts";
import type { Connection } from "../connect.ts";
import type { Check } from "../doctor/check.ts";
import { CliError } from "../exit.ts";
import type { System } from "../system.ts";
import { clockCheck } from "./clock.ts";
import { bodyOf, type Cluster, exitOfKube, textAt } from "./cluster.ts";
import { credentialChecks } from "./credential.ts";
import { type Installed, readInstalled, settingsOf } from "./installed.ts";
import { objectChecks } from "./objects.ts";
import { licenseCheck } from "./operator-license.ts";
import { membersCheck, operatorText, registeredCheck } from "./registered.ts";
import { rightsChecks } from "./rights.ts";

/** Where the agent is expected. */
export type Place = { namespace: string; clusterId: string | undefined };

/** Checks the agent of a cluster, from its API server to its entry on the license server. It changes nothing. */
export const agentChecks = async (
  cluster: Cluster,
  place: Place,
  connection: Connection,
  system: System,
): Promise<Check[]> => {
  const from = system.now();
  const outcome = await cluster.kube.call({ path: "/api/v1/namespaces/default" });
  const until = system.now();
  const uid = textAt(bodyOf(outcome), "metadata", "uid");
  if (outcome.kind === "lost" || uid === undefined)
    return [
      {
        name: "cluster",
        result: "fail",
        found: `${cluster.server}: ${describeKube(outcome)}`,
        advice:
          outcome.kind === "answer" && outcome.status === 403
            ? "Use the kubeconfig of an administrator: this user may not read the namespace default."
            : "Check the kubeconfig and its current context.",
        exit: exitOfKube(outcome),
      },
    ];
  // A date has whole seconds: on average it is half a second late.
  const clusterAheadMs = outcome.date === undefined ? undefined : outcome.date + SECOND_MS / 2 - (from + until) / 2;
  const reading = await readInstalled(cluster, place.namespace);
  const agent = reading.kind === "installed" ? reading.agent : undefined;
  const settings = settingsOf(agent?.env ?? new Map());
  const clusterId = place.clusterId ?? agent?.env.get("CLUSTER_ID") ?? uid;
  const tried =
    agent === undefined
      ? { checks: [], serverAheadMs: undefined }
      : await credentialChecks(cluster, agent, clusterId, system);
  const operator = await operatorOf(cluster);
  const clock = clockCheck(clusterAheadMs, tried.serverAheadMs);
  return [
    { name: "cluster", result: "ok", found: `${cluster.server}, id ${clusterId}` },
    ...(await objectChecks(cluster.kube)),
    operator.check,
    agentCheck(reading, place.namespace),
    ...(agent === undefined
      ? await rightsChecks(cluster.kube, "this user", settings)
      : await rightsChecks(cluster.as(agent.user), agent.user, settings)),
    ...tried.checks,
    ...(clock === undefined ? [] : [clock]),
    await licenseCheck(cluster, { settings, serverUrl: agent?.env.get("LICENSE_SERVER_URL") }),
    ...(await serverChecks(connection, clusterId, operator.body, system)),
  ];
};

const agentCheck = (reading: Awaited<ReturnType<typeof readInstalled>>, namespace: string): Check => {
  const name = "agent";
  if (reading.kind === "absent")
    return {
      name,
      result: "warn",
      found: `not installed in namespace ${namespace}; rights are those of this user, as for \`npm run agent\``,
      advice: "Install it (docs/agent.md), or name its namespace: --namespace.",
    };
  if (reading.kind === "unknown")
    return {
      name,
      result: "warn",
      found: `its Deployment was not read: ${reading.why}`,
      advice: "Read it as a user who may.",
    };
  const { ready, image, env } = reading.agent;
  const found = `${env.get("CLUSTER_NAME") ?? "unnamed"}, ${image ?? "no image"}, ${modesOf(reading.agent)}`;
  return ready
    ? { name, result: "ok", found: `ready: ${found}` }
    : {
        name,
        result: "fail",
        found: `not ready: ${found}`,
        advice: `Look at it: kubectl logs --namespace ${namespace} deployment/mirrord-license-agent`,
      };
};

const modesOf = ({ env }: Installed): string => {
  const { enforceSeats, killPreviews, applyCatalog, license } = settingsOf(env);
  return [
    enforceSeats ? "enforces seats" : "does not enforce seats",
    ...(killPreviews ? ["stops previews"] : []),
    ...(applyCatalog ? ["applies the catalog"] : []),
    ...(license.restartOperator ? ["restarts the operator"] : []),
  ].join(", ");
};

const operatorOf = async ({ kube }: Cluster): Promise<{ check: Check; body: unknown }> => {
  const outcome = await kube.call({ path: "/apis/operator.metalbear.co/v1/mirrordoperators/operator" });
  const body = bodyOf(outcome);
  if (body !== undefined) return { check: { name: "operator", result: "ok", found: operatorText(body) }, body };
  const check: Check = {
    name: "operator",
    result: "warn",
    found: `its API does not answer: ${describeKube(outcome)}`,
    advice: "Is the operator installed and running? Without it, ports are unknown and sessions cannot be stopped.",
  };
  return { check, body };
};

const serverChecks = async (
  { api }: Connection,
  clusterId: string,
  operator: unknown,
  system: System,
): Promise<Check[]> => {
  try {
    const { operators } = await api.operators();
    const members = membersCheck(operator, operators);
    return [registeredCheck(operators, clusterId, system.now()), ...(members === undefined ? [] : [members])];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return [
      {
        name: "registered",
        result: "warn",
        found: `not checked: ${error.lines[0] ?? ""}`,
        advice: "To ask the license server, use --url or --stack-prefix, with a credential that has operators:read.",
      },
    ];
  }
};

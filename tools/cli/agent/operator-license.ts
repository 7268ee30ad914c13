import { describeKube } from "../../../agent/kube/kube.ts";
import type { RightsValues } from "../../agent/rights.ts";
import type { Check } from "../doctor/check.ts";
import { at, bodyOf, type Cluster, listAt } from "./cluster.ts";
import { deploymentPath, environmentIn, secretAt } from "./installed.ts";

/** The name of the operator's Deployment; its chart has no other. */
const OPERATOR = "mirrord-operator";

type Agent = { settings: RightsValues; serverUrl: string | undefined };

/** Reads how the operator gets its license, and says which row of the table in docs/agent.md applies. */
export const licenseCheck = async ({ kube }: Cluster, agent: Agent): Promise<Check> => {
  const { namespace } = agent.settings.operator;
  const outcome = await kube.call({ path: deploymentPath(namespace, OPERATOR) });
  const found = bodyOf(outcome);
  if (found !== undefined) return licenseFinding(found, agent);
  const isAbsent = outcome.kind === "answer" && outcome.status === 404;
  return {
    name: "license",
    result: "warn",
    found: isAbsent
      ? `no Deployment ${OPERATOR} in namespace ${namespace}`
      : `the operator's settings were not read: ${describeKube(outcome)}`,
    advice: isAbsent ? "Is the operator in another namespace? Set operator.namespace." : "Read them as a user who may.",
  };
};

/** The same for a Deployment that was read. */
export const licenseFinding = (deployment: unknown, { settings, serverUrl }: Agent): Check => {
  const pod = at(deployment, "spec", "template", "spec");
  const [container] = listAt(pod, "containers");
  const env = environmentIn(container);
  const warn = (found: string, advice: string): Check => ({ name: "license", result: "warn", found, advice });
  const { secretName } = settings.license;
  const server = env.get("OPERATOR_LICENSE_SERVER");
  if (server !== undefined) {
    const isOurs = serverUrl !== undefined && plain(server) === plain(serverUrl);
    return warn(
      `license.licenseServer is ${isOurs ? "this server" : server}: the operator fetches its license there, and posts telemetry to it`,
      "Not recommended: this server has no routes for an operator's telemetry. Prefer license.pemRef with the agent's Secret.",
    );
  }
  const path = env.get("OPERATOR_LICENSE_PATH");
  const mounted = path === undefined ? undefined : secretAt(pod, container, path)?.secret;
  if (mounted === undefined || mounted !== secretName) {
    const source = mounted === undefined ? "not from a mounted Secret" : `from the Secret ${mounted}`;
    return secretName === ""
      ? warn(
          `the operator's license comes ${source}; the agent keeps none`,
          "To serve it from here, set the agent's license.secretName, and the operator's license.pemRef to the same name.",
        )
      : warn(
          `the operator's license comes ${source}; the agent keeps it in ${secretName}`,
          `Set the operator's license.pemRef: ${secretName}.`,
        );
  }
  const telemetry = env.get("OPERATOR_TELEMETRY_ENABLED") === "false" ? "off" : "to the vendor";
  const found = `license.pemRef is ${secretName}, which the agent keeps; telemetry ${telemetry}`;
  return env.get("OPERATOR_LICENSE_ALLOW_SEAT_OVERAGES") === "false"
    ? warn(
        `${found}; the operator also limits seats`,
        "The stricter of operator and server wins, and what the operator refuses is not visible here. Enterprise: set license.allowSeatOverages: true.",
      )
    : { name: "license", result: "ok", found };
};

const plain = (url: string): string => url.toLowerCase().replace(/\/+$/, "");

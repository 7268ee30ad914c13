import { parse } from "yaml";
import { type KubernetesObject, manifestOf, manifestText } from "../../agent/manifest.ts";
import { rightsOf } from "../../agent/rights.ts";
import { type SomeValues, valuesOf } from "../../agent/values.ts";
import { readUtf8, unreadable } from "../../input/utf8.ts";
import type { Call } from "../command.ts";
import type { Connection } from "../connect.ts";
import { CliError, EXIT } from "../exit.ts";
import { safe } from "../text.ts";
import { imageIn } from "./image.ts";

export type ManifestOptions = {
  clusterName?: string;
  image?: string;
  namespace: string;
  credentialsSecret?: string;
  licenseSecret?: string;
  restartOperator?: true;
  enforceSeats?: true;
  killPreviews?: true;
  applyCatalog?: true;
  values: string[];
};

/**
 * Prints the objects that run the agent, as YAML with reasons, or as one list.
 * @throws CliError with every fault of the values
 */
export const printManifest = async ({ options, connection, print, warn }: Call<ManifestOptions>): Promise<void> => {
  const given = [...options.values.map(valuesIn), valuesFrom(options)];
  const read = valuesOf(await serverOf(given, connection), ...given);
  if (!read.ok) throw new CliError(EXIT.usage, ...read.faults.map(asOption).map(safe));
  const { values } = read;
  if (isOnThisMachine(values.server.url))
    warn(`A pod cannot reach ${values.server.url}. Use --url with an address that the cluster reaches.`);
  const objects = manifestOf(values, options.namespace);
  print(listOf(objects), () => manifestText(objects, rightsOf(values)).trimEnd());
};

const valuesIn = (path: string): SomeValues => {
  let text: string;
  try {
    text = readUtf8(path === "-" ? 0 : path);
  } catch (error) {
    throw new CliError(EXIT.usage, `--values: ${unreadable(path, error)}`);
  }
  let values: unknown;
  try {
    values = parse(text);
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new CliError(EXIT.usage, `--values: ${safe(path)} is not YAML: ${safe(line)}`);
  }
  if (values === null) return {};
  if (typeof values === "object" && !Array.isArray(values)) return values as SomeValues;
  throw new CliError(EXIT.usage, `--values: ${safe(path)} is not a map of values.`);
};

const valuesFrom = (options: ManifestOptions): SomeValues => ({
  ...given("clusterName", options.clusterName),
  ...(options.image === undefined ? {} : { image: imageIn(options.image) }),
  credentials: given("secretName", options.credentialsSecret),
  license: { ...given("secretName", options.licenseSecret), ...given("restartOperator", options.restartOperator) },
  ...given("enforceSeats", options.enforceSeats),
  ...given("killPreviews", options.killPreviews),
  ...given("applyCatalog", options.applyCatalog),
});

const given = (name: string, value: string | true | undefined): SomeValues =>
  value === undefined ? {} : { [name]: value };

// A file of values that names the server is for any machine, so no other server needs to be known here.
const serverOf = async (values: readonly SomeValues[], connection: Connection): Promise<SomeValues> => {
  const isNamed = values.some(
    ({ server }) => typeof server === "object" && server !== null && Object.hasOwn(server, "url"),
  );
  return isNamed ? {} : { server: { url: await connection.url() } };
};

const OPTIONS: Record<string, string> = {
  clusterName: "--cluster-name",
  "image.repository": "--image",
  "image.tag": "--image",
  "image.digest": "--image",
  "credentials.secretName": "--credentials-secret",
  "license.secretName": "--license-secret",
  "server.url": "--url",
};

// A fault names the value in a file; most people gave it as an option.
const asOption = (fault: string): string => {
  const [path = "", ...rest] = fault.split(": ");
  const option = OPTIONS[path];
  return option === undefined ? fault : `${option} (${path}): ${rest.join(": ")}`;
};

const isOnThisMachine = (url: string): boolean => {
  const { hostname } = new URL(url);
  return /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/.test(hostname);
};

const listOf = (items: readonly KubernetesObject[]) => ({ apiVersion: "v1", kind: "List", items });

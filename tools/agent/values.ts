import { Ajv, type ErrorObject } from "ajv";
import { parse } from "yaml";
import { chartFile } from "./chart.ts";

/** The name of the agent's objects; there is one agent in a cluster. */
export const AGENT_NAME = "mirrord-license-agent";

/** The label of the Secret that the agent may write the license into. */
export const LICENSE_LABEL = "mirrord-license-agent/license";

type Texts = Readonly<Record<string, string>>;

/** The values of the chart. */
export type Values = {
  clusterName: string;
  clusterId: string;
  server: { url: string; extraCa: { configMap: string; key: string } };
  credentials: { secretName: string; tokenKey: string; licenseKeyKey: string };
  operator: { namespace: string };
  license: { secretName: string; create: boolean; restartOperator: boolean };
  enforceSeats: boolean;
  killPreviews: boolean;
  applyCatalog: boolean;
  logLevel: string;
  proxy: { httpsProxy: string; noProxy: string };
  image: { repository: string; tag: string; digest: string; pullPolicy: string };
  imagePullSecrets: readonly { name: string }[];
  resources: object;
  serviceAccount: { annotations: Texts };
  podAnnotations: Texts;
  podLabels: Texts;
  nodeSelector: Texts;
  tolerations: readonly object[];
  affinity: object;
  priorityClassName: string;
  serviceMonitor: { enabled: boolean; interval: string; labels: Texts };
};

/** Some of the values, as in a file for `helm --values`. */
export type SomeValues = { readonly [name: string]: unknown };

/** The chart's defaults with the given values over them, later ones over earlier ones; or every fault, with its path. */
export const valuesOf = (
  ...given: readonly SomeValues[]
): { ok: true; values: Values } | { ok: false; faults: string[] } => {
  const values = given.reduce<SomeValues>(merged, parse(chartFile("values.yaml")));
  return isValid(values)
    ? { ok: true, values }
    : { ok: false, faults: [...new Set((isValid.errors ?? []).flatMap(faultOf))] };
};

const isValid = new Ajv({ allErrors: true, verbose: true }).compile<Values>(
  JSON.parse(chartFile("values.schema.json")),
);

// As Helm merges values: objects entry by entry, everything else as a whole; null leaves the default out.
const merged = (under: SomeValues, over: SomeValues): SomeValues => {
  const entries = Object.entries(over).map(([name, value]) => {
    const base = under[name];
    return [name, isObject(base) && isObject(value) ? merged(base, value) : value];
  });
  return Object.fromEntries(
    Object.entries({ ...under, ...Object.fromEntries(entries) }).filter(([, value]) => value !== null),
  );
};

const isObject = (value: unknown): value is SomeValues =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// A pattern is for programs. People read these where a value breaks it.
const URL_FORM = "must be a URL that begins with https:// or http://";
const FORMS: Readonly<Record<string, string>> = {
  "server.url": `${URL_FORM}, without ? and #`,
  "proxy.httpsProxy": URL_FORM,
  "image.repository": "must be an image's name without spaces and @; a digest is set with image.digest",
  "image.digest": "must be sha256: and 64 hexadecimal digits",
};

const faultOf = ({ instancePath, keyword, message = "is not valid", params, data }: ErrorObject): string[] => {
  // The branches that failed are reported on their own.
  if (keyword === "anyOf" || keyword === "if") return [];
  const path = instancePath.slice(1).replaceAll("/", ".");
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  if (keyword === "additionalProperties")
    return [`${at(String(params["additionalProperty"]))}: is not a value of the chart`];
  if (keyword === "required") return [`${at(String(params["missingProperty"]))}: is required`];
  if (data === "" && path === "license.secretName") return [`${path}: is required by license.restartOperator`];
  if (data === "") return [`${path}: is required`];
  if (keyword === "enum") return [`${path}: must be one of ${params["allowedValues"].join(", ")}`];
  return [`${path}: ${(keyword === "pattern" ? FORMS[path] : undefined) ?? message}`];
};

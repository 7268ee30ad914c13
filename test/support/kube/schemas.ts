import { readDefinitions } from "../../../tools/cluster/definitions.ts";

type Json = Record<string, unknown>;

/** A structural schema of a custom resource, as far as the objects of the catalog need it. */
export type Schema = {
  type: "object" | "array" | "string" | "boolean" | "integer";
  nullable?: boolean;
  default?: unknown;
  enum?: readonly string[];
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: Schema;
  required?: readonly string[];
};

/** The schemas of `spec` of policies and profiles, by `<group>/<plural>`. */
export const CATALOG_SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  readDefinitions()
    .filter(({ spec }) => /^(policies|profiles)\./.test(spec.group))
    .map(({ spec }) => {
      const { schema } = spec.versions[0] as { schema?: { openAPIV3Schema: Schema } };
      return [`${spec.group}/${spec.names.plural}`, schema?.openAPIV3Schema.properties?.["spec"] as Schema];
    }),
);

export const CLUSTER_POLICY_RESOURCE = "policies.mirrord.metalbear.co/mirrordclusterpolicies";
export const POLICY = CATALOG_SCHEMAS.get(CLUSTER_POLICY_RESOURCE) as Schema;

/** The schema as an older operator defines it. */
export const without = (schema: Schema, ...names: string[]): Schema => ({
  ...schema,
  properties: Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([name]) => !names.includes(name))),
});

export type Reading = { value: unknown; unknown: string[]; invalid: string[] };

/** The value with its defaults and without unknown fields, and what is wrong with it. */
export const readBy = (schema: Schema, value: unknown, path = "spec"): Reading => {
  const invalid = (message: string): Reading => ({ value, unknown: [], invalid: [`${path}: ${message}`] });
  if (value === null && schema.nullable === true) return plain(value);
  if (!isOfType(schema.type, value)) return invalid(`must be of type ${schema.type}`);
  if (schema.enum?.includes(String(value)) === false) return invalid(`Unsupported value: "${value}"`);
  const { items, additionalProperties } = schema;
  if (items !== undefined)
    return joined(
      (value as unknown[]).map((each, at) => readBy(items, each, `${path}[${at}]`)),
      (parts) => parts,
    );
  if (additionalProperties !== undefined) {
    const names = Object.keys(value as Json);
    return joined(
      names.map((name) => readBy(additionalProperties, (value as Json)[name], `${path}.${name}`)),
      (parts) => Object.fromEntries(names.map((name, at) => [name, parts[at]])),
    );
  }
  return schema.properties === undefined ? plain(value) : readObject(schema, value as Json, path);
};

const isOfType = (type: Schema["type"], value: unknown): boolean => {
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
};

const plain = (value: unknown): Reading => ({ value, unknown: [], invalid: [] });

const readObject = ({ properties = {}, required = [] }: Schema, given: Json, path: string): Reading => {
  const names = Object.entries(properties).flatMap(([name, field]) => {
    const found = given[name] === undefined ? field.default : given[name];
    return found === undefined ? [] : [{ name, field, found }];
  });
  const reading = joined(
    names.map(({ name, field, found }) => readBy(field, found, `${path}.${name}`)),
    (parts) => Object.fromEntries(names.map(({ name }, at) => [name, parts[at]])),
  );
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(properties, name));
  const missing = required.filter((name) => !Object.hasOwn(given, name));
  return {
    value: reading.value,
    unknown: [...reading.unknown, ...unknown.map((name) => `${path}.${name}`)],
    invalid: [...reading.invalid, ...missing.map((name) => `${path}.${name}: Required value`)],
  };
};

const joined = (readings: readonly Reading[], whole: (parts: unknown[]) => unknown): Reading => ({
  value: whole(readings.map(({ value }) => value)),
  unknown: readings.flatMap(({ unknown }) => unknown),
  invalid: readings.flatMap(({ invalid }) => invalid),
});

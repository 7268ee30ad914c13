type Json = Record<string, unknown>;

/** A part of a structural schema, as far as the objects of the catalog need it. */
export type Schema =
  | { type: "string"; enum?: readonly string[] }
  | { type: "boolean"; default?: boolean }
  | { type: "integer" }
  | { type: "array"; items: Schema; default?: readonly unknown[] }
  | { type: "map"; values: Schema }
  | { type: "object"; fields: Readonly<Record<string, Schema>>; required?: readonly string[]; default?: Json };

const TEXT: Schema = { type: "string" };
const TEXTS: Schema = { type: "array", items: TEXT, default: [] };
const BLOCK = ["steal", "steal-without-filter", "mirror", "copy-target-scale-down"];
const CHANGES = [
  "incoming-mirror",
  "incoming-steal",
  "incoming-off",
  "dns-remote",
  "dns-off",
  "outgoing-remote",
  "outgoing-off",
];

/** A policy's spec as a current operator defines it, with the defaults that the API server adds. */
export const POLICY: Schema & { type: "object" } = {
  type: "object",
  required: ["block"],
  fields: {
    targetPath: TEXT,
    selector: { type: "object", fields: { matchLabels: { type: "map", values: TEXT } } },
    block: { type: "array", items: { type: "string", enum: BLOCK } },
    env: { type: "object", fields: { exclude: TEXTS }, default: { exclude: [] } },
    fs: {
      type: "object",
      fields: { readOnly: TEXTS, local: TEXTS, notFound: TEXTS },
      default: { readOnly: [], local: [], notFound: [] },
    },
    requireProfile: { type: "boolean", default: false },
    profileAllowlist: { type: "array", items: TEXT },
    appliesToCopyTargets: { type: "boolean", default: false },
  },
};

export const PROFILE: Schema & { type: "object" } = {
  type: "object",
  required: ["featureAdjustments"],
  fields: {
    featureAdjustments: {
      type: "array",
      items: { type: "object", required: ["change"], fields: { change: { type: "string", enum: CHANGES } } },
    },
  },
};

/** The schema as an older operator defines it. */
export const without = (schema: Schema & { type: "object" }, ...names: string[]): Schema & { type: "object" } => ({
  ...schema,
  fields: Object.fromEntries(Object.entries(schema.fields).filter(([name]) => !names.includes(name))),
});

export type Reading = { value: unknown; unknown: string[]; invalid: string[] };

/** The value with its defaults and without unknown fields, and what is wrong with it. */
export const readBy = (schema: Schema, value: unknown, path = "spec"): Reading => {
  const invalid = (message: string): Reading => ({ value, unknown: [], invalid: [`${path}: ${message}`] });
  switch (schema.type) {
    case "string":
      if (typeof value !== "string") return invalid("must be of type string");
      return schema.enum?.includes(value) === false ? invalid(`Unsupported value: "${value}"`) : plain(value);
    case "boolean":
      return typeof value === "boolean" ? plain(value) : invalid("must be of type boolean");
    case "integer":
      return Number.isInteger(value) ? plain(value) : invalid("must be of type integer");
    case "array":
      if (!Array.isArray(value)) return invalid("must be of type array");
      return joined(
        value.map((each, at) => readBy(schema.items, each, `${path}[${at}]`)),
        (parts) => parts,
      );
    case "map": {
      const names = Object.keys(value as Json);
      return joined(
        names.map((name) => readBy(schema.values, (value as Json)[name], `${path}.${name}`)),
        (parts) => Object.fromEntries(names.map((name, at) => [name, parts[at]])),
      );
    }
    case "object":
      return readObject(schema, value, path);
  }
};

const plain = (value: unknown): Reading => ({ value, unknown: [], invalid: [] });

const readObject = (schema: Schema & { type: "object" }, value: unknown, path: string): Reading => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { value, unknown: [], invalid: [`${path}: must be of type object`] };
  const given = value as Json;
  const names = Object.entries(schema.fields).flatMap(([name, field]) => {
    const fallback = "default" in field ? field.default : undefined;
    const found = given[name] ?? fallback;
    return found === undefined ? [] : [{ name, field, found }];
  });
  const reading = joined(
    names.map(({ name, field, found }) => readBy(field, found, `${path}.${name}`)),
    (parts) => Object.fromEntries(names.map(({ name }, at) => [name, parts[at]])),
  );
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(schema.fields, name));
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(given, name));
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

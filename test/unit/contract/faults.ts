import * as v from "valibot";

/** Every fault of a value as `path: message`; empty where it is accepted. */
export const faultsOf = (schema: v.GenericSchema, value: unknown): string[] => {
  const result = v.safeParse(schema, value);
  return result.success ? [] : result.issues.map((issue) => `${v.getDotPath(issue) ?? ""}: ${issue.message}`);
};

/** A copy of a JSON value with what stands at a path replaced; undefined takes it away. */
export const withValue = (value: object, path: string, replacement: unknown): unknown => {
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const parent = keys.reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, copy);
  if (replacement === undefined) delete parent[last];
  else parent[last] = replacement;
  return copy;
};

import type { ObjectPathItem } from "valibot";

/** Helpers to search a configuration that is not validated yet: other parts of it may be faulty. */

type Path = [ObjectPathItem, ...ObjectPathItem[]];

export const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const pathItem = (input: Record<string, unknown>, key: string): ObjectPathItem => ({
  type: "object",
  origin: "value",
  input,
  key,
  value: input[key],
});

/**
 * The ARNs of another region than the configured one, which `region` repeats. Functions read secrets, and a regional API
 * uses certificates, only in their own region.
 */
export const differentRegions = (config: unknown): { path: Path; region: string }[] => {
  if (!isRecord(config)) return [];
  const region = config["region"];
  if (typeof region !== "string" || !REGION.test(region)) return [];
  return ["license", "customDomain", "table", "jira", "encryption"]
    .flatMap((key) => arns(config, key, []))
    .filter((arn) => arn.region !== region)
    .map(({ path }) => ({ path, region }));
};

const arns = (
  input: Record<string, unknown>,
  key: string,
  parents: readonly ObjectPathItem[],
): { path: Path; region: string }[] => {
  const [first = pathItem(input, key), ...rest] = [...parents, pathItem(input, key)];
  const path: Path = [first, ...rest];
  const value = input[key];
  if (isRecord(value)) return Object.keys(value).flatMap((child) => arns(value, child, path));
  const region = typeof value === "string" ? /^arn:[a-z-]+:[a-z]+:([a-z0-9-]+):/.exec(value)?.[1] : undefined;
  return region === undefined ? [] : [{ path, region }];
};

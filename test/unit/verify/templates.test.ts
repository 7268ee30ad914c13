import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../infra/config.ts";
import { ConfigSchema } from "../../../infra/config-schema.ts";
import { mintAuthority } from "../../../tools/mint/authority.ts";
import { configurations } from "../../../tools/verify/templates/configurations.ts";
import { review } from "../../../tools/verify/templates/findings.ts";
import { GUARD_SUPPRESSIONS, LINT_SUPPRESSIONS } from "../../../tools/verify/templates/suppressions.ts";

const { pem } = await mintAuthority({ notBefore: 0, notAfter: 1_000 });
const CONFIGURATIONS = Object.values(configurations(pem));

type Schema = { type?: string; wrapped?: Schema; pipe?: Schema[]; entries?: Record<string, Schema> };

/** The paths of all settings of the schema: valibot wraps what is optional, and puts checks into pipes. */
const settingsOf = (schema: Schema, path: string[] = []): string[] => {
  if (schema.wrapped !== undefined) return settingsOf(schema.wrapped, path);
  const section = [schema, ...(schema.pipe ?? [])].find(({ entries }) => entries !== undefined);
  const nested = schema.pipe?.slice(0, 1).find((one) => one !== schema && one.pipe !== undefined);
  const entries = section?.entries;
  if (entries !== undefined)
    return Object.entries(entries).flatMap(([key, entry]) => settingsOf(entry, [...path, key]));
  return nested === undefined ? [path.join(".")] : settingsOf(nested, path);
};

const has = (config: unknown, path: string): boolean => {
  let at = config;
  for (const key of path.split(".")) at = (at as Record<string, unknown> | undefined)?.[key];
  return at !== undefined;
};

describe("the configurations whose templates are linted", () => {
  it("can be deployed", () => {
    for (const config of CONFIGURATIONS) expect(parseConfig(config)).toMatchObject({ ok: true });
  });

  it("are the default, and some that set every setting there is", () => {
    const settings = settingsOf(ConfigSchema as unknown as Schema);
    expect(settings.length).toBeGreaterThan(25);
    expect(settings.filter((path) => !CONFIGURATIONS.some((config) => has(config, path)))).toEqual([]);
    expect(CONFIGURATIONS).toContainEqual({});
  });
});

describe("a finding", () => {
  const finding = { rule: "CT.S3.PR.2", resource: "Reports76CC4739", message: "" };
  const suppression = { rule: "CT.S3.PR.2", resources: /^Reports/, reason: "a reason" };

  it("is suppressed by its rule and its resource together", () => {
    expect(review([finding], [suppression])).toEqual({ open: [], stale: [], suppressed: 1 });
    expect(review([{ ...finding, rule: "CT.S3.PR.1" }], [suppression]).open).toHaveLength(1);
    expect(review([{ ...finding, resource: "OtherBucket" }], [suppression]).open).toHaveLength(1);
  });

  it("that is gone leaves an suppression that is one too many", () => {
    expect(review([], [suppression]).stale).toEqual([suppression]);
  });

  it("is suppressed for a reason", () => {
    for (const { reason } of [...GUARD_SUPPRESSIONS, ...LINT_SUPPRESSIONS]) expect(reason).toMatch(/^[A-Z].{30,}\.$/);
  });
});

import { beforeEach, expect, it } from "vitest";
import { CliError, EXIT } from "../../../../tools/cli/exit.ts";
import { retentionOf } from "../../../../tools/cli/usage/retention.ts";

let warnings: string[];
beforeEach(() => {
  warnings = [];
});

const deployment = (environment: () => Promise<Record<string, string>>) => ({
  name: "Prod",
  environmentOf: environment,
});
const kept = (of: ReturnType<typeof deployment> | undefined, writes: boolean, given?: { days: number; by: string }) =>
  retentionOf(of, { writes, given, warn: (lines) => void warnings.push(...lines) });

it("how long sessions are kept is what is said, or else what the deployment has", async () => {
  const prod = deployment(async () => ({ RETENTION_SESSIONS_DAYS: "400" }));
  expect(await kept(prod, true)).toMatchObject({ days: 400 });
  expect(await kept(prod, true, { days: 90, by: "by --retention-days" })).toMatchObject({ days: 90 });
  expect(await kept(undefined, true)).toMatchObject({ days: 1825 });
  expect(warnings).toEqual([]);
});

it.each([
  ["may not be asked", async () => Promise.reject(new CliError(EXIT.denied, "AWS: AccessDenied: no"))],
  ["does not say", async () => ({})],
  ["says nonsense", async () => ({ RETENTION_SESSIONS_DAYS: "None" })],
])("where the deployment %s, nothing is written by a guess", async (_, environment) => {
  const failure = await kept(deployment(environment), true).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CliError);
  expect(String(failure instanceof CliError && failure.lines)).toContain("--retention-days");
  expect(await kept(deployment(environment), false)).toMatchObject({ days: 1825 });
  expect(warnings.join()).toContain("--retention-days");
});

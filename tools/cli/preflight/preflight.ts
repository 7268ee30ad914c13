import { describeProblems, loadConfig } from "../../../infra/config.ts";
import type { Check } from "../doctor/check.ts";
import { CliError, EXIT } from "../exit.ts";
import type { System } from "../system.ts";
import { askWithCli, regionOfProfile } from "./ask-aws.ts";
import { preflightChecks } from "./checks.ts";

/**
 * Compares the AWS account with a configuration file, or with `license-server.config.json`. A region of the configuration comes
 * before the one given, as it does for the CDK.
 * @throws CliError if the configuration has problems
 */
export const preflight = async (
  path: string | undefined,
  given: string | undefined,
  { env }: System,
): Promise<Check[]> => {
  const loaded = loadConfig(path);
  if (!loaded.ok) throw new CliError(EXIT.usage, ...describeProblems(loaded.problems).split("\n"));
  const ofEnvironment = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || undefined;
  const region = loaded.config.region ?? given ?? ofEnvironment ?? (await regionOfProfile());
  return preflightChecks(loaded.config, { region, ask: askWithCli(region) });
};

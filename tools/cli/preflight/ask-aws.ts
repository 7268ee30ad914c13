import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { awsAdvice } from "../aws-advice.ts";
import { CliError, EXIT } from "../exit.ts";
import { safe } from "../text.ts";

/** Calls an operation of AWS that only reads, and returns its answer. Throws a CliError with the reason if it fails. */
export type AskAws = (service: string, operation: string, ...parameters: readonly string[]) => Promise<unknown>;

const execute = promisify(execFile);
const TIMEOUT_MS = 30_000;

/** Asks with the AWS CLI, which the person who deploys has: with its credentials, in a region if one is given. */
export const askWithCli =
  (region: string | undefined): AskAws =>
  async (service, operation, ...parameters) => {
    const place = region === undefined ? [] : ["--region", region];
    const format = ["--output", "json"];
    try {
      const env = { ...process.env, AWS_PAGER: "" };
      const options = { timeout: TIMEOUT_MS, maxBuffer: 16 * 1_048_576, env };
      const { stdout } = await execute("aws", [service, operation, ...parameters, ...place, ...format], options);
      return JSON.parse(stdout === "" ? "{}" : stdout);
    } catch (error) {
      throw failureOf(error);
    }
  };

/** The region of the AWS profile in use; undefined if it has none. */
export const regionOfProfile = async (): Promise<string | undefined> => {
  // Without a region, and without the AWS CLI, there is no answer.
  const asked = await execute("aws", ["configure", "get", "region"], { timeout: TIMEOUT_MS }).catch(() => undefined);
  return asked?.stdout.trim() || undefined;
};

const failureOf = (error: unknown): CliError => {
  const { code, stderr = "", message = "" } = error as { code?: unknown; stderr?: string; message?: string };
  if (code === "ENOENT") return new CliError(EXIT.usage, "The AWS CLI is missing.", "  Install the AWS CLI v2.");
  const reason = stderr.trim().split("\n").at(-1) || message;
  const advice = /credentials/i.test(reason) ? awsAdvice("CredentialsProvider", "") : awsAdvice("", reason);
  const lines = advice === undefined ? [] : [`  ${advice}`];
  return new CliError(/AccessDenied/.test(reason) ? EXIT.denied : EXIT.failed, `AWS: ${safe(reason)}`, ...lines);
};

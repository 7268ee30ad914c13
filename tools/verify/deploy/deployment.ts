import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aws, run } from "./command.ts";

const PREFIX = "VerifyDeploy";
export const STACKS = { data: `${PREFIX}-Data`, service: `${PREFIX}-Service` };

/** What the stacks print: the outputs of both. */
export type Outputs = Record<string, string>;

/**
 * Deploys both stacks with a configuration, as a platform engineer would: of this release, or of the one whose code is in `root`.
 * The files of the CDK are below `work`.
 */
export const deploy = async (work: string, config: object, root = process.cwd()): Promise<Outputs> => {
  const configPath = join(work, "config.json");
  const outputsPath = join(work, "outputs.json");
  writeFileSync(configPath, JSON.stringify({ stackPrefix: PREFIX, ...config }));
  const waits = ["--require-approval", "never", "--progress", "events"];
  await run("cdk", ["deploy", "--all", ...contextOf(work), ...waits, "--outputs-file", outputsPath], {
    cwd: root,
    quiet: true,
  });
  const outputs = JSON.parse(readFileSync(outputsPath, "utf8")) as Record<string, Outputs>;
  return { ...outputs[STACKS.data], ...outputs[STACKS.service] };
};

const contextOf = (work: string): string[] => [
  "--context",
  `config=${join(work, "config.json")}`,
  "--output",
  join(work, "cdk.out"),
];

/** Deletes both stacks, as docs/deploy.md says, with the configuration that was deployed last. */
export const destroy = async (work: string): Promise<void> => {
  for (const stack of [STACKS.service, STACKS.data]) {
    const off = "--no-enable-termination-protection";
    await aws("cloudformation", "update-termination-protection", off, "--stack-name", stack);
  }
  await run("cdk", ["destroy", "--all", "--force", ...contextOf(work)], { quiet: true });
};

/** The status of a stack, such as `UPDATE_COMPLETE`; undefined if there is none. */
export const statusOf = async (stack: string): Promise<string | undefined> => {
  const { StackSummaries: all } = await aws<{ StackSummaries: { StackName: string; StackStatus: string }[] }>(
    "cloudformation",
    "list-stacks",
  );
  return all.find(({ StackName, StackStatus }) => StackName === stack && StackStatus !== "DELETE_COMPLETE")
    ?.StackStatus;
};

/** Puts a license with the command line. */
export const putLicense = async (pem: string): Promise<void> => {
  const place = ["--stack-prefix", PREFIX, "--yes"];
  await run(process.execPath, ["tools/cli/main.ts", "license", "put", pem, ...place], { quiet: true });
};

export const secretValue = async (arn: string | undefined): Promise<string> =>
  (await aws<{ SecretString: string }>("secretsmanager", "get-secret-value", "--secret-id", arn ?? "")).SecretString;

/** Creates a secret and returns its ARN. */
export const createSecret = async (name: string, value: string): Promise<string> => {
  // The AWS CLI would fetch a value that is a URL.
  const input = JSON.stringify({ Name: `verify-deploy/${name}`, SecretString: value });
  return (await aws<{ ARN: string }>("secretsmanager", "create-secret", "--cli-input-json", input)).ARN;
};

import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { awsAdvice } from "../cli/aws-advice.ts";
import { HELP, parseKeysArguments } from "./command-line.ts";
import { runKeysCommand } from "./run.ts";

const USAGE_ERROR = 2;

const main = async (): Promise<number> => {
  const line = parseKeysArguments(process.argv.slice(2));
  if (line.kind === "help") {
    console.log(HELP);
    return 0;
  }
  if (line.kind === "bad") {
    console.error(`${line.faults.map((fault) => `keys: ${fault}`).join("\n")}\nkeys: See --help`);
    return USAGE_ERROR;
  }
  try {
    const { ok, lines } = await runKeysCommand(line.command, () => new SecretsManagerClient(), Date.now());
    for (const text of lines) (ok ? console.log : console.error)(ok ? text : `keys: ${text}`);
    return ok ? 0 : 1;
  } catch (error) {
    // Not the whole error: the SDK's contains the request, which may contain a key.
    const { name, message } = error instanceof Error ? error : { name: "Error", message: "failed" };
    const advice = awsAdvice(name, message);
    console.error(`keys: ${name}: ${message}${advice === undefined ? "" : `\n  ${advice}`}`);
    return 1;
  }
};

process.exitCode = await main();

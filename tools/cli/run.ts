import { CommanderError } from "commander";
import { argumentFaults, variableFaults } from "../input/utf8.ts";
import { CliError, EXIT } from "./exit.ts";
import { createProgram } from "./program.ts";
import type { System } from "./system.ts";
import { safe } from "./text.ts";
import { usageExit } from "./usage-exit.ts";

/** The environment variables that commands read; a `*` stands for the rest of a name. */
const VARIABLES = [
  ...["LICENSE_SERVER_*", "AWS_REGION", "HOME", "XDG_CONFIG_HOME", "KUBECONFIG"],
  ...["TABLE_NAME", "DYNAMODB_ENDPOINT", "RETENTION_SESSIONS_DAYS", "TOKEN_ISSUER"],
];

/** Runs a command line and returns the exit status. Errors are printed on standard error. */
export const run = async (args: readonly string[], system: System): Promise<number> => {
  const printError = (lines: readonly string[]) => {
    for (const [place, line] of lines.entries())
      system.stderr.write(place === 0 || !line.startsWith(" ") ? `license-server: ${line}\n` : `${line}\n`);
  };
  const damaged = [...argumentFaults(args), ...variableFaults(system.env, VARIABLES)];
  if (damaged.length > 0) {
    printError([...damaged, "  If the name really has U+FFFD in it, write \\ufffd."]);
    return EXIT.usage;
  }
  try {
    const program = await createProgram(system, args);
    await program.parseAsync([...args], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CliError) {
      printError(error.lines);
      return error.exit;
    }
    if (error instanceof CommanderError) return usageExit(error, printError);
    printError([`failed: ${safe(error instanceof Error ? error.message : String(error))}`]);
    return EXIT.failed;
  }
};

import { Command } from "commander";
import { CliError } from "../cli/exit.ts";
import { addUsageCommands } from "./commands.ts";

const program = new Command("usage").description("Looks after the data: verifies, rebuilds, imports and erases usage.");
addUsageCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  for (const line of error.lines) process.stderr.write(`usage: ${line}\n`);
  process.exitCode = error.exit;
}

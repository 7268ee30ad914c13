import { Command, CommanderError } from "commander";
import { CliError } from "../exit.ts";
import { usageExit } from "../usage-exit.ts";
import { addUsageCommands } from "./commands.ts";

const program = new Command("usage")
  .description("Looks after the data: verifies, rebuilds, imports and erases usage.")
  .exitOverride()
  .configureOutput({ outputError: () => undefined });

const tell = (lines: readonly string[]): void => {
  for (const line of lines) process.stderr.write(line.startsWith(" ") ? `${line}\n` : `usage: ${line}\n`);
};

addUsageCommands(program, { tell: (line) => tell([line]) });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = usageExit(error, tell);
  else if (error instanceof CliError) {
    tell(error.lines);
    process.exitCode = error.exit;
  } else throw error;
}

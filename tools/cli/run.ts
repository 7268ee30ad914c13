import { CommanderError } from "commander";
import { CliError, EXIT } from "./exit.ts";
import { createProgram } from "./program.ts";
import type { System } from "./system.ts";
import { safe } from "./text.ts";
import { usageExit } from "./usage-exit.ts";

/** Does what a command line says; gives the exit status. What goes wrong is told on standard error. */
export const run = async (args: readonly string[], system: System): Promise<number> => {
  const tell = (lines: readonly string[]) => {
    for (const [place, line] of lines.entries())
      system.stderr.write(place === 0 || !line.startsWith(" ") ? `license-server: ${line}\n` : `${line}\n`);
  };
  try {
    const program = await createProgram(system, args);
    await program.parseAsync([...args], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CliError) {
      tell(error.lines);
      return error.exit;
    }
    if (error instanceof CommanderError) return usageExit(error, tell);
    tell([`failed: ${safe(error instanceof Error ? error.message : String(error))}`]);
    return EXIT.failed;
  }
};

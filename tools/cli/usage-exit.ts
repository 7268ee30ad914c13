import type { CommanderError } from "commander";
import { EXIT } from "./exit.ts";
import { safe } from "./text.ts";

/** The exit status of a command line that commander refused, or whose help it showed. `printError` prints the fault. */
export const usageExit = (error: CommanderError, printError: (lines: readonly string[]) => void): number => {
  // Help on request is a success; help because the command is missing is not.
  if (error.exitCode === 0) return EXIT.ok;
  if (error.code !== "commander.help")
    printError(
      [
        ...error.message
          .replace(/^error: ./, (start) => start.slice("error: ".length).toUpperCase())
          .split("\n")
          .map(safe),
        ...(isLikeId(error) ? ["If this is an id or a name, put -- before it."] : []),
        "See --help",
      ].map(indented),
    );
  return EXIT.usage;
};

// A long option that is not known is more likely misspelt.
const isLikeId = ({ code, message }: CommanderError): boolean =>
  code === "commander.unknownOption" && /'-[^-]/.test(message);

const indented = (line: string, place: number): string => (place === 0 ? line : `  ${line}`);

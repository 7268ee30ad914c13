import type { CommanderError } from "commander";
import { EXIT } from "./exit.ts";
import { safe } from "./text.ts";

/** The exit status of a command line that commander did not take, or whose help it has shown; `tell` hears what is wrong. */
export const usageExit = (error: CommanderError, tell: (lines: readonly string[]) => void): number => {
  // Help that was asked for is a success; help that is shown for want of a command is not.
  if (error.exitCode === 0) return EXIT.ok;
  if (error.code !== "commander.help")
    tell(
      [
        ...error.message
          .replace(/^error: /, "")
          .split("\n")
          .map(safe),
        ...(isLikeId(error) ? ["An id or a name that begins with a dash: put -- before it"] : []),
        "See --help",
      ].map(indented),
    );
  return EXIT.usage;
};

// A long option that is not known is more likely misspelt.
const isLikeId = ({ code, message }: CommanderError): boolean =>
  code === "commander.unknownOption" && /'-[^-]/.test(message);

const indented = (line: string, place: number): string => (place === 0 ? line : `  ${line}`);

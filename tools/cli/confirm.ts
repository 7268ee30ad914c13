import { askLine } from "./ask.ts";
import { CliError, EXIT } from "./exit.ts";
import type { System } from "./system.ts";

/**
 * Refuses a destructive command that nobody can be asked about. It comes before anything else, so that such a command has
 * no effect and sends nothing.
 * @throws CliError
 */
export const needsAnswer = ({ stdin, stderr }: System, yes: boolean): void => {
  if (yes || (stdin.isTTY === true && stderr.isTTY === true)) return;
  throw new CliError(EXIT.usage, "there is no terminal to ask on: say --yes if that is what you want");
};

/**
 * Asks whether to go on. Only `y` and `yes` do.
 * @throws CliError where the answer is another
 */
export const confirm = async (system: System, question: string, yes: boolean): Promise<void> => {
  if (yes) return;
  const answer = await askLine(system, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new CliError(EXIT.failed, "nothing was done");
};

/** What a question is to show; undefined where the credential opens the verb alone, and not the look at what it hits. */
export const ifAllowed = async <T>(look: Promise<T>): Promise<T | undefined> => {
  try {
    return await look;
  } catch (error) {
    if (error instanceof CliError && error.exit === EXIT.denied) return undefined;
    throw error;
  }
};

/** Stands in for what cannot be shown. */
export const NOT_SEEN = "(what that is cannot be seen with this credential)\n";

import { askLine } from "./ask.ts";
import { CliError, EXIT } from "./exit.ts";
import type { System } from "./system.ts";

/**
 * Refuses a destructive command where nobody can be asked. Call it first, so that such a command sends nothing.
 * @throws CliError
 */
export const needsAnswer = ({ stdin, stderr }: System, yes: boolean): void => {
  if (yes || (stdin.isTTY === true && stderr.isTTY === true)) return;
  throw new CliError(EXIT.usage, "Confirmation required. Use --yes to skip it in scripts.");
};

/**
 * Asks whether to continue.
 * @throws CliError unless the answer is `y` or `yes`
 */
export const confirm = async (system: System, question: string, yes: boolean): Promise<void> => {
  if (yes) return;
  const answer = await askLine(system, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new CliError(EXIT.failed, "Not confirmed: nothing was changed.");
};

/** What a question shows; undefined where the credential allows the action, but not to list what it affects. */
export const ifAllowed = async <T>(look: Promise<T>): Promise<T | undefined> => {
  try {
    return await look;
  } catch (error) {
    if (error instanceof CliError && error.exit === EXIT.denied) return undefined;
    throw error;
  }
};

/** Printed in place of what cannot be listed. */
export const NOT_SEEN = "(this credential may not list what is affected)\n";

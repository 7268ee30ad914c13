import { CliError, EXIT, type Exit } from "../exit.ts";
import type { Colour, Paint } from "../style.ts";
import { safe } from "../text.ts";
import type { Check } from "./check.ts";

/**
 * Prints checks, one per line with its advice below.
 * @throws CliError if one failed
 */
export const finish = (
  checks: readonly Check[],
  paint: Paint,
  print: (wire: unknown, table: () => string) => void,
): void => {
  print({ checks: checks.map(({ exit: _exit, ...shown }) => shown) }, () =>
    checks.map((each) => lineOf(each, (text) => paint(COLOURS[each.result], text))).join("\n"),
  );
  const failed = checks.filter(({ result }) => result === "fail");
  if (failed.length > 0) throw new CliError(exitOf(failed), `${failed.length} of ${checks.length} checks failed.`);
};

const COLOURS: Record<Check["result"], Colour> = { ok: "green", warn: "yellow", fail: "red" };

const lineOf = ({ result, name, found, advice }: Check, paint: (text: string) => string): string =>
  [
    `${paint(result.padEnd(4))}  ${name.padEnd(10)}  ${safe(found)}`,
    ...(advice === undefined ? [] : [`${" ".repeat(18)}-> ${safe(advice)}`]),
  ].join("\n");

// The first failure may be the cause of the others.
const exitOf = ([first]: readonly Check[]): Exit => first?.exit ?? EXIT.failed;

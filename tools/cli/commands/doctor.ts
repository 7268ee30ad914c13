import type { Command } from "commander";
import { type Call, type Define, examples } from "../command.ts";
import type { Check } from "../doctor/check.ts";
import { runChecks } from "../doctor/checks.ts";
import { CliError, EXIT, type Exit } from "../exit.ts";
import type { Colour } from "../style.ts";
import { safe } from "../text.ts";

/** `doctor`. */
export const doctorCommand = (program: Command, define: Define): void => {
  define(
    examples(
      program
        .command("doctor")
        .description("check connection, credential, clock, license, table and operators, with advice"),
      "license-server doctor --profile prod",
      "license-server doctor -o json | jq '.checks[] | select(.result != \"ok\")'",
    ),
    async ({ settings, connection, system, paint, print }: Call<object>) => {
      const checks = await runChecks(settings, connection, system);
      print({ checks: checks.map(({ exit: _exit, ...shown }) => shown) }, () =>
        checks.map((each) => lineOf(each, (text) => paint(COLOURS[each.result], text))).join("\n"),
      );
      const failed = checks.filter(({ result }) => result === "fail");
      if (failed.length > 0) throw new CliError(exitOf(failed), `${failed.length} of ${checks.length} checks failed.`);
    },
  );
};

const COLOURS: Record<Check["result"], Colour> = { ok: "green", warn: "yellow", fail: "red" };

const lineOf = ({ result, name, found, advice }: Check, paint: (text: string) => string): string =>
  [
    `${paint(result.padEnd(4))}  ${name.padEnd(10)}  ${safe(found)}`,
    ...(advice === undefined ? [] : [`${" ".repeat(18)}-> ${safe(advice)}`]),
  ].join("\n");

// The first failure may be the cause of the others.
const exitOf = ([first]: readonly Check[]): Exit => first?.exit ?? EXIT.failed;

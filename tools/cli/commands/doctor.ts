import type { Command } from "commander";
import { type Call, type Define, examples } from "../command.ts";
import { runChecks } from "../doctor/checks.ts";
import { finish } from "../doctor/shown.ts";

/** `doctor`. */
export const doctorCommand = (program: Command, define: Define): void => {
  define(
    examples(
      program
        .command("doctor")
        .description("check connection, credential, clock, license, table, operators and policies, with advice"),
      "license-server doctor --profile prod",
      "license-server doctor -o json | jq '.checks[] | select(.result != \"ok\")'",
    ),
    async ({ settings, connection, system, paint, print }: Call<object>) =>
      finish(await runChecks(settings, connection, system), paint, print),
  );
};

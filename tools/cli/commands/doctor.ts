import type { Command } from "commander";
import { type Call, type Define, examples } from "../command.ts";
import { runChecks } from "../doctor/checks.ts";
import { finish } from "../doctor/shown.ts";

type DoctorOptions = { preflight?: boolean; config?: string };

/** `doctor`. */
export const doctorCommand = (program: Command, define: Define): void => {
  define(
    examples(
      program
        .command("doctor")
        .description("check connection, credential, clock, license, table, operators and policies, with advice")
        .option("--preflight", "check the AWS account instead, before a deployment")
        .option("--config <file>", "with --preflight: the configuration (default: license-server.config.json)"),
      "license-server doctor --profile prod",
      "license-server doctor --preflight",
      "license-server doctor -o json | jq '.checks[] | select(.result != \"ok\")'",
    ),
    async ({ options, settings, connection, system, paint, print }: Call<DoctorOptions>) => {
      if (options.preflight !== true) return finish(await runChecks(settings, connection, system), paint, print);
      const { preflight } = await import("../preflight/preflight.ts");
      return finish(await preflight(options.config, settings.region, system), paint, print);
    },
  );
};

import { Command } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { definer, examples, globalOptions } from "./command.ts";
import { agentCommands } from "./commands/agent.ts";
import { auditCommand } from "./commands/audit.ts";
import { completionCommands } from "./commands/completion.ts";
import { configureCommand } from "./commands/configure.ts";
import { dashboardCommand } from "./commands/dashboard.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { licenseCommands } from "./commands/license.ts";
import { operatorCommands } from "./commands/operator.ts";
import { policyCommands } from "./commands/policy.ts";
import { reportCommands } from "./commands/report.ts";
import { seatCommands } from "./commands/seat.ts";
import { serverCommands } from "./commands/server.ts";
import { sessionCommands } from "./commands/session.ts";
import { statusCommand } from "./commands/status.ts";
import { tokenCommands } from "./commands/token.ts";
import { usageCommands } from "./commands/usage.ts";
import type { System } from "./system.ts";

const HELP = `
Server and credentials come from options, else from the environment, else from a saved server:
  LICENSE_SERVER_URL, LICENSE_SERVER_KEY, LICENSE_SERVER_TOKEN, LICENSE_SERVER_PROFILE,
  LICENSE_SERVER_STACK_PREFIX, LICENSE_SERVER_DATA_DIR. To save a server: license-server configure
Without any of them, the data folder .data of a local server is used.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 not permitted, 4 not found or nothing matched, 5 not available`;

/** The program with all its commands. */
export const createProgram = async (system: System, args: readonly string[]): Promise<Command> => {
  const program = new Command("license-server")
    .description("Manage a mirrord license server: license, seats, operators, sessions, reports.")
    .version(packageJson.version, "-V, --version", "show the version")
    // So that `-o` can be a file for a report, and the output's format elsewhere.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => system.stdout.write(text),
      writeErr: (text) => system.stderr.write(text),
      outputError: () => undefined,
    })
    .helpCommand("help [command]", "show help, or the help of a command");
  for (const option of globalOptions()) program.addOption(option);
  program.helpOption("-h, --help", "show help").addHelpText("after", HELP);
  examples(
    program,
    "license-server status",
    "license-server session kill-all --namespace shop",
    "license-server doctor",
  );
  const define = definer(system);
  statusCommand(program, define);
  sessionCommands(program, define);
  seatCommands(program, define);
  operatorCommands(program, define);
  agentCommands(program, define);
  policyCommands(program, define);
  licenseCommands(program, define);
  tokenCommands(program, define);
  reportCommands(program, define);
  auditCommand(program, define);
  dashboardCommand(program, define);
  await usageCommands(program, args, system);
  doctorCommand(program, define);
  configureCommand(program, define);
  serverCommands(program, define);
  completionCommands(program, system);
  // The options are also accepted after a group's name.
  for (const group of program.commands.filter((each) => each.commands.length > 0)) {
    for (const option of globalOptions()) group.addOption(option.hideHelp());
    group.helpCommand("help [command]", "show the help of a command").helpOption("-h, --help", "show help");
  }
  return program;
};

import type { Command } from "commander";
import { candidates } from "../candidates.ts";
import { examples } from "../command.ts";
import { CliError, EXIT } from "../exit.ts";
import { SHELL_SCRIPTS } from "../shell-scripts.ts";
import type { System } from "../system.ts";

/** `completion`, and the hidden command that its scripts call for the candidates. */
export const completionCommands = (program: Command, { env, stdout }: System): void => {
  examples(
    program
      .command("completion")
      .description("print a script that completes commands and options in a shell")
      .argument("<shell>", Object.keys(SHELL_SCRIPTS).join(", "))
      .action((shell: string) => {
        const script = Object.hasOwn(SHELL_SCRIPTS, shell) ? SHELL_SCRIPTS[shell] : undefined;
        if (script === undefined)
          throw new CliError(EXIT.usage, `The shell must be one of ${Object.keys(SHELL_SCRIPTS).join(", ")}.`);
        stdout.write(script);
      }),
    "source <(license-server completion bash)       # in ~/.bashrc",
    "source <(license-server completion zsh)        # in ~/.zshrc, after compinit",
    "license-server completion fish > ~/.config/fish/completions/license-server.fish",
  );
  program
    .command("__complete", { hidden: true })
    .argument("[line]")
    .allowUnknownOption()
    .action((line = "") => {
      stdout.write(
        candidates(program, line, env)
          .map((each) => `${each}\n`)
          .join(""),
      );
    });
};

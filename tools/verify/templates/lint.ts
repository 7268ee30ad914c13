import { spawnSync } from "node:child_process";
import type { Finding } from "./findings.ts";

type Match = { Rule: { Id: string }; Message: string; Location: { Path: (string | number)[] | null } };

/** The errors and warnings of cfn-lint in the templates. `command` is its path. */
export const lintFindings = (command: string, templatePaths: readonly string[]): Finding[] => {
  const { stdout, stderr, error } = spawnSync(command, ["--format", "json", "--", ...templatePaths], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  // Its exit code is a mask of the levels found, so only its output shows whether it ran.
  if (!stdout.trimStart().startsWith("[")) throw new Error(`cfn-lint did not run: ${stderr}${stdout}`);
  return (JSON.parse(stdout) as Match[]).map(({ Rule, Message, Location }) => ({
    rule: Rule.Id,
    resource: resourceAt(Location.Path ?? []),
    message: Message,
  }));
};

const resourceAt = ([section, id]: readonly (string | number)[]): string => (section === "Resources" ? String(id) : "");

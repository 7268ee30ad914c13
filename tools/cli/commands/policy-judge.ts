import type { Command } from "commander";
import type { Family } from "../catalog/family.ts";
import { impact, test } from "../catalog/judge.ts";
import { type Define, examples } from "../command.ts";
import { FILES, repeated, UNKNOWN } from "./policy-options.ts";

/** `policy test | impact`: what the entries do to sessions. */
export const judgeCommands = (group: Command, define: Define, family: Family, run: string): void => {
  const { plural } = family;
  define(
    examples(
      group
        .command("test")
        .description(`show which ${plural} apply to a session, and whether it is allowed`)
        .option("--cluster <name>", "the cluster's name")
        .option("--cluster-id <id>", "the cluster's id")
        .option("-n, --namespace <namespace>", "the target's namespace (default: default)")
        .option("--target <kind/name>", "the target, such as deployment/checkout (default: targetless)")
        .option("--container <name>", "the target's container")
        .option("--feature <name>", "steal, mirror or copy-target-scale-down; may be repeated", repeated)
        .option("--header-filter <filter>", "the session's HTTP header filter")
        .option("--path-filter <filter>", "the session's HTTP path filter")
        .option("--with-profile <name>", "the mirrord profile that the session selects")
        .option("--label <key=value>", "a label of the target; may be repeated", repeated)
        .option("--owner <kind/name>", "an owner of the target; may be repeated", repeated)
        .option("--semantics <name>", "target: operators before 3.200; owners: from 3.200")
        .option("--copy-target", "the session copies its target")
        .option("--env <name>", "is this variable read from the target? May be repeated", repeated)
        .option("--open <path>", "how is this file opened? May be repeated", repeated)
        .option("--connect <host:port>", "is this connection allowed? May be repeated", repeated)
        .option("-f, --filename <file>", "entries to test in place of those in the catalog", repeated)
        .option(...UNKNOWN)
        .option("--expect <verdict>", "allowed, refused or unknown: exit with 1 for another verdict"),
      `${run} test --cluster prod-eu --namespace payments --target deployment/api --feature steal`,
      `${run} test -f no-steal.yaml --namespace payments --target pod/api-1 --feature mirror --expect allowed`,
    ),
    test,
  );
  define(
    examples(
      group
        .command("impact")
        .description("show what policies of files would have done to recorded sessions")
        .requiredOption(...FILES)
        .option(
          "--each-session",
          "read each session instead of the sums of days: slower, but counts what would be refused",
        )
        .option("--days <number>", "how far to look back, up to 90 days", "30")
        .option(...UNKNOWN),
      `${run} impact -f no-steal.yaml --days 90 --each-session`,
    ),
    impact,
  );
};

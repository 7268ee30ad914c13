import type { Command } from "commander";
import { apply, diff, remove, restore } from "../catalog/change.ts";
import { accept, prune } from "../catalog/clusters.ts";
import { FAMILIES, type Family } from "../catalog/family.ts";
import { get, history, list, status } from "../catalog/look.ts";
import { type Define, examples } from "../command.ts";
import { judgeCommands } from "./policy-judge.ts";
import { FILES, FORCE, NAMESPACE, UNKNOWN, YES } from "./policy-options.ts";
import { earlierServerCommands } from "./server.ts";

/** `policy …` and `profile …`: the catalog of mirrord's policies and profiles. */
export const policyCommands = (program: Command, define: Define): void => {
  for (const family of FAMILIES) familyCommands(program, define, family);
};

const familyCommands = (program: Command, define: Define, family: Family): void => {
  const { noun, plural } = family;
  const group = program.command(noun).description(`list, change and check mirrord ${plural} for all clusters`);
  const run = `license-server ${noun}`;
  lookCommands(group, define, family, run);
  changeCommands(group, define, family, run);
  judgeCommands(group, define, family, run);
  clusterCommands(group, define, run);
  if (noun === "profile") earlierServerCommands(group, define);
};

const lookCommands = (group: Command, define: Define, family: Family, run: string): void => {
  const { noun, plural } = family;
  define(
    examples(
      group
        .command("ls")
        .description(`list ${plural}`)
        .option("-n, --namespace <namespace>", "only those of a namespace")
        .option("--cluster <name>", "only those for a cluster, by its name or id:ID"),
      `${run} ls`,
      `${run} ls --cluster prod-eu`,
    ),
    list(family),
  );
  define(
    examples(
      group
        .command("get")
        .description(`print a ${noun} as YAML, or all of them; \`apply\` reads it`)
        .argument("[name]", "NAME, or NAMESPACE/NAME")
        .option(...NAMESPACE),
      `${run} get payments/no-steal > no-steal.yaml`,
      `${run} get > all.yaml`,
    ),
    get(family),
  );
  define(
    examples(
      group
        .command("history")
        .description(`list the generations of a ${noun}, the newest first`)
        .argument("<name>", "NAME, or NAMESPACE/NAME")
        .option(...NAMESPACE),
      `${run} history payments/no-steal`,
    ),
    history(family),
  );
  define(
    examples(
      group
        .command("status")
        .description("show where the catalog is not in force, since when and why")
        .option("--wait", "wait until every cluster has it; exit with 1 if that takes too long")
        .option("--timeout <seconds>", "how long `--wait` waits", "300"),
      `${run} status`,
      `${run} status --wait --timeout 120`,
    ),
    status(family),
  );
};

const changeCommands = (group: Command, define: Define, family: Family, run: string): void => {
  const { noun } = family;
  define(
    examples(
      group
        .command("apply")
        .description(
          "create or change the policies and profiles of files in the catalog; all of up to 20 changes, or none",
        )
        .requiredOption(...FILES)
        .option(...UNKNOWN)
        .option(...FORCE),
      `${run} apply -f no-steal.yaml`,
      `${run} apply -f policies/ -f profiles/`,
      `cat all.yaml | ${run} apply -f -`,
    ),
    apply,
  );
  define(
    examples(
      group
        .command("diff")
        .description("show what `apply` would change")
        .requiredOption(...FILES)
        .option("--exit-code", "exit with 1 if something would change")
        .option(...UNKNOWN)
        .option(...FORCE),
      `${run} diff -f policies/`,
    ),
    diff,
  );
  define(
    examples(
      group
        .command("delete")
        .description(`delete a ${noun}, or those of files; agents remove it from their clusters`)
        .argument("[name]", "NAME, or NAMESPACE/NAME")
        .option(...NAMESPACE)
        .option(...FILES)
        .option(...YES),
      `${run} delete payments/no-steal`,
      `${run} delete -f no-steal.yaml --yes`,
    ),
    remove(family),
  );
  define(
    examples(
      group
        .command("restore")
        .description(`make an earlier generation of a ${noun} the current one`)
        .argument("<name>", "NAME, or NAMESPACE/NAME")
        .requiredOption("--generation <number>", "the generation, as `history` lists it")
        .option(...NAMESPACE)
        .option(...FORCE)
        .option(...YES),
      `${run} restore payments/no-steal --generation 3`,
    ),
    restore(family),
  );
};

const clusterCommands = (group: Command, define: Define, run: string): void => {
  define(
    examples(
      group
        .command("prune")
        .description("remove the orphaned objects of a cluster: those that no entry is for any more")
        .requiredOption("--cluster <id>", "the cluster's id, as `status` shows it")
        .option(...YES),
      `${run} prune --cluster 6a1f0c9e-0d5b-4f7e-9a55-0c1f8a3f2b11`,
    ),
    prune,
  );
  define(
    examples(
      group
        .command("accept")
        .description("let agents apply a catalog that was restored from a backup (state catalog_went_back)")
        .argument("[revision]", "the revision that the clusters have had, as `status` shows it (default: the highest)")
        .option(...YES),
      `${run} accept`,
    ),
    accept,
  );
};

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { synthesizeInto } from "../templates/synth.ts";
import { compareWith, explainedIn, type Template, templateChanges } from "./template-diff.ts";

/**
 * Checks that docs/upgrades.md explains each difference between the default templates of an earlier release and of this one:
 * `node templates.ts <folder of the earlier release>`. Exits with 1 and prints what is not explained.
 */
const ROOT = join(import.meta.dirname, "..", "..", "..");

const folder = mkdtempSync(join(tmpdir(), "verify-upgrade-templates-"));
try {
  const [earlier = ""] = process.argv.slice(2);
  const before = synthesizeInto(join(folder, "earlier"), {}, resolve(earlier));
  const after = synthesizeInto(join(folder, "current"), {});
  const read = (path: string): Template => JSON.parse(readFileSync(path, "utf8")) as Template;
  const changes = after.flatMap((path) => {
    const stack = /-(Data|Service)\.template\.json$/.exec(path)?.[1] ?? basename(path);
    const same = before.find((other) => basename(other) === basename(path));
    return templateChanges(stack, same === undefined ? { Resources: {} } : read(same), read(path));
  });
  const rows = explainedIn(readFileSync(join(ROOT, "docs", "upgrades.md"), "utf8"));
  const { unexplained, stale } = compareWith(rows, changes);
  const count = changes.reduce((total, { ids }) => total + ids.length, 0);
  console.log(
    `${count} changes of the default templates in ${changes.length} groups, ${unexplained.length} not explained`,
  );
  for (const { stack, type, what, ids } of unexplained)
    console.log(`        not in docs/upgrades.md: | ${stack} | \`${type}\` | \`${what}\` |  (${ids.join(", ")})`);
  for (const { stack, type, what } of stale)
    console.log(`        explains nothing: | ${stack} | \`${type}\` | \`${what}\` |`);
  process.exitCode = unexplained.length + stale.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mintAuthority } from "../../mint/authority.ts";
import { configurations } from "./configurations.ts";
import { type Finding, review, type Suppression } from "./findings.ts";
import { guardFindings } from "./guard.ts";
import { lintFindings } from "./lint.ts";
import { GUARD_SUPPRESSIONS, LINT_SUPPRESSIONS } from "./suppressions.ts";
import { synthesizeInto } from "./synth.ts";

/**
 * Checks the templates of each configuration: `node tools/verify/templates/main.ts [CFN_LINT]`, with the path of cfn-lint.
 * Exits with 1 if a finding has no suppression, or a suppression has no finding.
 */
const [lint = "cfn-lint"] = process.argv.slice(2);
const print = (text: string): void => console.log(`verify-templates: ${text}`);

const faults = (tool: string, findings: readonly Finding[], suppressions: readonly Suppression[]): number => {
  const { open, stale, suppressed } = review(findings, suppressions);
  print(`${tool}: ${open.length} findings, ${suppressed} more are suppressed by ${suppressions.length} rules`);
  for (const { rule, resource, message } of open) print(`  ${rule} ${resource}: ${message}`);
  for (const { rule, resources } of stale) print(`  ${rule} is suppressed for ${resources}, where there is no finding`);
  return open.length + stale.length;
};

const folder = mkdtempSync(join(tmpdir(), "license-server-templates-"));
try {
  const { pem } = await mintAuthority({ notBefore: Date.now(), notAfter: Date.now() + 86_400_000 });
  const templates = Object.entries(configurations(pem)).flatMap(([name, config]) => {
    const paths = synthesizeInto(join(folder, name), config);
    print(`synthesized ${paths.length} templates of the ${name} configuration`);
    return paths;
  });
  const found =
    faults("CloudFormation Guard", guardFindings(templates), GUARD_SUPPRESSIONS) +
    faults("cfn-lint", lintFindings(lint, templates), LINT_SUPPRESSIONS);
  process.exitCode = found === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mintAuthority } from "../../mint/authority.ts";
import { configurations } from "./configurations.ts";
import { GUARD_EXCUSES, LINT_EXCUSES } from "./excuses.ts";
import { type Excuse, type Finding, judge } from "./findings.ts";
import { guardFindings } from "./guard.ts";
import { lintFindings } from "./lint.ts";
import { synthesizeInto } from "./synth.ts";

/**
 * Lints the templates of the default and of a full configuration: `node tools/verify/templates/main.ts [CFN_LINT]`, where
 * CFN_LINT is the path of cfn-lint. Exits with 1 where a finding is not excused, or an excuse not needed.
 */
const [lint = "cfn-lint"] = process.argv.slice(2);
const say = (text: string): void => console.log(`verify-templates: ${text}`);

const faults = (tool: string, findings: readonly Finding[], excuses: readonly Excuse[]): number => {
  const { open, stale, excused } = judge(findings, excuses);
  say(`${tool}: ${open.length} findings, ${excused} more are excused by ${excuses.length} rules`);
  for (const { rule, resource, message } of open) say(`  ${rule} ${resource}: ${message}`);
  for (const { rule, resources } of stale) say(`  ${rule} is excused for ${resources}, where nothing is found`);
  return open.length + stale.length;
};

const folder = mkdtempSync(join(tmpdir(), "license-server-templates-"));
try {
  const { pem } = await mintAuthority({ notBefore: Date.now(), notAfter: Date.now() + 86_400_000 });
  const templates = Object.entries(configurations(pem)).flatMap(([name, config]) => {
    const paths = synthesizeInto(join(folder, name), config);
    say(`synthesized ${paths.length} templates of the ${name} configuration`);
    return paths;
  });
  const found =
    faults("CloudFormation Guard", guardFindings(templates), GUARD_EXCUSES) +
    faults("cfn-lint", lintFindings(lint, templates), LINT_EXCUSES);
  process.exitCode = found === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

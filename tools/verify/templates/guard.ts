import { CfnGuardValidator } from "@cdklabs/cdk-validator-cfnguard";
import type { Finding } from "./findings.ts";

// What the rules say of a template with hundreds of resources is longer than the megabyte a child may say by default.
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * What the proactive controls of AWS Control Tower have against the templates. A rule is named as Control Tower names it,
 * such as CT.S3.PR.2. The validator brings CloudFormation Guard's own binary along; Linux and macOS only.
 */
export const guardFindings = (templatePaths: string[]): Finding[] => {
  const validator = new CfnGuardValidator({ maxBuffer: MAX_OUTPUT_BYTES });
  // It looks at nothing else of the context than at the paths; run on its own it needs no app.
  const { violations } = validator.validate({ templatePaths } as Parameters<typeof validator.validate>[0]);
  return violations.flatMap(({ ruleName, description = "", violatingResources }) =>
    violatingResources.map(({ resourceLogicalId }) => ({
      rule: /^\[(CT\.[A-Z0-9-]+\.PR\.\d+)\]/.exec(description)?.[1] ?? ruleName,
      resource: resourceLogicalId,
      message: description,
    })),
  );
};

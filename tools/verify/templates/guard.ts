import { CfnGuardValidator } from "@cdklabs/cdk-validator-cfnguard";
import type { Finding } from "./findings.ts";

// The output for a template with hundreds of resources is longer than the default limit of a megabyte.
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * The findings of AWS Control Tower's proactive controls in the templates. Rules have the names of Control Tower, such as
 * CT.S3.PR.2. The validator contains the binary of CloudFormation Guard, for Linux and macOS only.
 */
export const guardFindings = (templatePaths: string[]): Finding[] => {
  const validator = new CfnGuardValidator({ maxBuffer: MAX_OUTPUT_BYTES });
  // It reads only the paths of the context, so it needs no app.
  const { violations } = validator.validate({ templatePaths } as Parameters<typeof validator.validate>[0]);
  return violations.flatMap(({ ruleName, description = "", violatingResources }) =>
    violatingResources.map(({ resourceLogicalId }) => ({
      rule: /^\[(CT\.[A-Z0-9-]+\.PR\.\d+)\]/.exec(description)?.[1] ?? ruleName,
      resource: resourceLogicalId,
      message: description,
    })),
  );
};

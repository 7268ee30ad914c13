import { Stack, Validations } from "aws-cdk-lib";
import { flattenCfnReference } from "cdk-nag/lib/utils/flatten-cfn-reference.js";
import type { Construct } from "constructs";

/**
 * Accepts, for the reason given, that a policy below `scope` names a resource with a wildcard. cdk-nag names a finding by the
 * resource as the template has it. A reference to another stack gets that form late in the synth, so the finding is accepted
 * during validation: after the references are resolved, before cdk-nag looks.
 */
export const acknowledgeWildcard = (scope: Construct, resource: string, reason: string): void =>
  scope.node.addValidation({
    validate: () => {
      const named = flattenCfnReference(Stack.of(scope).resolve(resource));
      Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${named}]`, reason });
      return [];
    },
  });

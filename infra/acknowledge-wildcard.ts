import { Stack, Validations } from "aws-cdk-lib";
import { flattenCfnReference } from "cdk-nag/lib/utils/flatten-cfn-reference.js";
import type { Construct } from "constructs";

/**
 * Accepts that a policy below `scope` names a resource with a wildcard, for the reason given. cdk-nag calls a finding by the
 * resource as the template has it, and a reference to another stack takes that form only once everything is there: so it
 * is accepted when the app is validated, which comes after that and before the findings.
 */
export const acknowledgeWildcard = (scope: Construct, resource: string, reason: string): void =>
  scope.node.addValidation({
    validate: () => {
      const named = flattenCfnReference(Stack.of(scope).resolve(resource));
      Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[Resource::${named}]`, reason });
      return [];
    },
  });

import { CfnOutput, Fn, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";

/**
 * Adds an output to the stack of `scope`, and returns its value as another stack reads it. It is there in every configuration:
 * otherwise a switch would remove an output from the data stack before the service stack stops reading it. A rollback of the
 * service stack would then fail.
 */
export const publish = (scope: Construct, name: string, value: string, description: string): string => {
  const stack = Stack.of(scope);
  new CfnOutput(stack, name, { value, description });
  return Fn.getStackOutput(stack.stackName, name);
};

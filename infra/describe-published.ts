import { CfnOutput, Reference, type Stack, Token, Tokenization } from "aws-cdk-lib";

/**
 * Gives a description to the outputs that the CDK adds to a stack for another stack that reads its resources. Their names are
 * hard to read. The CDK adds them late in the synth, so they get it during validation, which comes after that.
 */
export const describePublished = (stack: Stack): void =>
  stack.node.addValidation({
    validate: () => {
      for (const output of stack.node.tryFindChild("Publish")?.node.children ?? [])
        if (output instanceof CfnOutput) output.description = descriptionOf(output, stack);
      return [];
    },
  });

const descriptionOf = (output: CfnOutput, stack: Stack): string => {
  const reference = Tokenization.reverseCompleteString(Token.asString(output.value));
  if (!Reference.isReference(reference)) return INTERNAL;
  const owner = reference.target.node.scopes[stack.node.scopes.length]?.node.id;
  // "Ref" is the name or the ARN, whichever CloudFormation calls the resource by.
  return `${INTERNAL}: ${owner}${reference.displayName === "Ref" ? "" : `, ${reference.displayName}`}`;
};

const INTERNAL = "Internal, read by the service stack";

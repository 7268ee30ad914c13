import { CfnResource, Stack } from "aws-cdk-lib";
import { CfnGlobalTable } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement, Role } from "aws-cdk-lib/aws-iam";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnBucket } from "aws-cdk-lib/aws-s3";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { CfnTopic } from "aws-cdk-lib/aws-sns";
import { CfnQueue } from "aws-cdk-lib/aws-sqs";
import type { IConstruct } from "constructs";

/**
 * Encrypts everything that a stack stores with the customer's own key instead of AWS's keys, and lets the roles of the stack use
 * the key through the services that store it. The policy of the key is the customer's: docs/deploy.md lists what it must allow.
 */
export const encryptWith = (stack: Stack, kmsKeyArn: string): void => {
  for (const construct of stack.node.findAll()) {
    if (construct instanceof Role) allowUse(construct, kmsKeyArn);
    if (CfnResource.isCfnResource(construct)) encrypt(construct, kmsKeyArn);
  }
};

const encrypt = (resource: IConstruct, key: string): void => {
  if (resource instanceof CfnLogGroup || resource instanceof CfnSecret) resource.kmsKeyId = key;
  if (resource instanceof CfnFunction) resource.kmsKeyArn = key;
  if (resource instanceof CfnTopic) resource.kmsMasterKeyId = key;
  if (resource instanceof CfnQueue) {
    resource.sqsManagedSseEnabled = undefined;
    resource.kmsMasterKeyId = key;
  }
  if (resource instanceof CfnBucket)
    resource.bucketEncryption = {
      serverSideEncryptionConfiguration: [
        // A bucket key makes one call to KMS serve many objects.
        { bucketKeyEnabled: true, serverSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key } },
      ],
    };
  if (resource instanceof CfnGlobalTable) {
    resource.sseSpecification = { sseEnabled: true, sseType: "KMS" };
    resource.addPropertyOverride("Replicas.0.SSESpecification.KMSMasterKeyId", key);
  }
};

const SERVICES = ["dynamodb", "s3", "secretsmanager", "sns", "sqs"];

const allowUse = (role: Role, key: string): void => {
  const { region } = Stack.of(role);
  role.addToPolicy(
    new PolicyStatement({
      actions: ["kms:Decrypt", "kms:GenerateDataKey"],
      resources: [key],
      conditions: { StringEquals: { "kms:ViaService": SERVICES.map((name) => `${name}.${region}.amazonaws.com`) } },
    }),
  );
  // Lambda decrypts the environment with the role of the function (Lambda developer guide, "Securing environment variables").
  role.addToPolicy(
    new PolicyStatement({
      actions: ["kms:Decrypt"],
      resources: [key],
      conditions: {
        ArnLike: {
          "kms:EncryptionContext:aws:lambda:FunctionArn": Stack.of(role).formatArn({
            service: "lambda",
            resource: "function:*",
          }),
        },
      },
    }),
  );
};

import { type App, Validations } from "aws-cdk-lib";
import { ManagedPolicy, PermissionsBoundary } from "aws-cdk-lib/aws-iam";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import type { DeployConfig } from "./config.ts";
import { DataStack } from "./data-stack.ts";
import { encryptWith } from "./encrypt.ts";
import { ServiceStack } from "./service-stack.ts";

/**
 * The context of the first deployment: `-c first=true`. It leaves the stacks unprotected, because a stack that could not be created
 * must be deleted, and the CDK protects a stack before it creates it. The next deployment protects both.
 */
export const FIRST_CONTEXT = "first";

/**
 * Adds the whole server to an app: one stack for what must survive, one for what can be created again at any time. A synth
 * throws on every finding of the rule packs that is not acknowledged beside its resource.
 */
export const addLicenseServer = (app: App, config: DeployConfig): { data: DataStack; service: ServiceStack } => {
  const { stackPrefix, account, region, tags } = config;
  const props = {
    tags,
    terminationProtection: app.node.tryGetContext(FIRST_CONTEXT) === undefined,
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
  };
  const data = new DataStack(app, `${stackPrefix}-Data`, { ...props, config });
  const service = new ServiceStack(app, `${stackPrefix}-Service`, { ...props, config, data });
  const { encryption, permissionsBoundaryArn } = config;
  if (encryption.kmsKeyArn !== undefined) for (const stack of [data, service]) encryptWith(stack, encryption.kmsKeyArn);
  if (permissionsBoundaryArn !== undefined)
    PermissionsBoundary.of(app).apply(
      ManagedPolicy.fromManagedPolicyArn(service, "PermissionsBoundary", permissionsBoundaryArn),
    );
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return { data, service };
};

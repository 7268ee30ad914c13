import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import type { DeployConfig } from "./config.ts";
import { DataStack } from "./data-stack.ts";
import { ServiceStack } from "./service-stack.ts";

/**
 * Adds the whole server to an app: one stack for what must survive, one for what can be created again at any time. A synth
 * throws on every finding of the rule packs that is not acknowledged beside its resource.
 */
export const addLicenseServer = (app: App, config: DeployConfig): { data: DataStack; service: ServiceStack } => {
  const { stackPrefix, account, region, tags } = config;
  const props = {
    tags,
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
  };
  const data = new DataStack(app, `${stackPrefix}-Data`, { ...props, config, terminationProtection: true });
  const service = new ServiceStack(app, `${stackPrefix}-Service`, { ...props, config, data });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return { data, service };
};

import type { Construct } from "constructs";
import type { EnvName } from "../../shared/contract/env.ts";
import type { DeployConfig } from "../config.ts";
import { ReadableSecret } from "./readable-secret.ts";

/** The secret that contains the URL of Jira's webhook. It is never created here: the template would have to contain the URL. */
export class WebhookSecret extends ReadableSecret {
  readonly secretArn: string;
  protected readonly environment: Partial<Record<EnvName, string>>;

  constructor(scope: Construct, id: string, { webhookSecretArn, kmsKeyArn }: NonNullable<DeployConfig["jira"]>) {
    super(scope, id, { secretArn: webhookSecretArn, ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }) });
    this.secretArn = webhookSecretArn;
    this.environment = { JIRA_WEBHOOK_SECRET_ARN: webhookSecretArn };
  }
}

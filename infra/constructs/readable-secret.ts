import { Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { EnvName } from "../../shared/contract/env.ts";
import type { HandlerFunction } from "./handler-function.ts";

/** A secret that exists already; `kmsKeyArn` where it is encrypted with a key of the customer's own. */
export type ExistingSecret = { secretArn: string; kmsKeyArn?: string };

/** A secret that functions may read: one verb grants it and tells the function where it is. */
export abstract class ReadableSecret extends Construct {
  abstract readonly secretArn: string;
  /** The environment variables by which a function finds the secret. */
  protected abstract readonly environment: Partial<Record<EnvName, string>>;
  protected readonly kmsKeyArn: string | undefined;

  constructor(scope: Construct, id: string, existing: ExistingSecret | undefined) {
    super(scope, id);
    this.kmsKeyArn = existing?.kmsKeyArn;
  }

  /** Lets a function read this secret and nothing else of Secrets Manager. */
  grantRead(fn: HandlerFunction): void {
    for (const [name, value] of Object.entries(this.environment)) fn.configure(name as EnvName, value);
    fn.allow(new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources: [this.secretArn] }));
    if (this.kmsKeyArn === undefined) return;
    fn.allow(
      new PolicyStatement({
        actions: ["kms:Decrypt"],
        resources: [this.kmsKeyArn],
        conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${Stack.of(fn).region}.amazonaws.com` } },
      }),
    );
  }

  /** Accepts that a secret made here is not rotated by a schedule, for the reason given. */
  protected acknowledgeNoRotation(reason: string): void {
    Validations.of(this).acknowledge({ id: "AwsSolutions-SMG4", reason });
  }
}

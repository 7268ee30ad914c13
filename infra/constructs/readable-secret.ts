import { Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { EnvName } from "../../shared/contract/env.ts";
import type { HandlerFunction } from "./handler-function.ts";

/** A secret that exists already, with `kmsKeyArn` if a customer managed key encrypts it. */
export type ExistingSecret = { secretArn: string; kmsKeyArn?: string };

/** A secret that functions may read. `grantRead` gives a function the permission and the variables to find it. */
export abstract class ReadableSecret extends Construct {
  /** As the service stack reads it. */
  abstract readonly secretArn: string;
  /** The environment variables with which a function finds the secret. */
  protected abstract readonly environment: Partial<Record<EnvName, string>>;
  protected readonly kmsKeyArn: string | undefined;

  constructor(scope: Construct, id: string, existing: ExistingSecret | undefined) {
    super(scope, id);
    this.kmsKeyArn = existing?.kmsKeyArn;
  }

  /** Lets a function read this secret, and nothing else in Secrets Manager. */
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

  /** Accepts, for the reason given, that a secret created here is not rotated on a schedule. */
  protected acknowledgeNoRotation(reason: string): void {
    Validations.of(this).acknowledge({ id: "AwsSolutions-SMG4", reason });
  }
}

import { RemovalPolicy } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { EnvName } from "../../shared/contract/env.ts";
import { publish } from "../publish.ts";
import { ReadableSecret } from "./readable-secret.ts";

export type SigningSecretProps = {
  /** What the key signs, in the plural. */
  purpose: string;
  variable: "LEASE_SIGNING_SECRET_ARN" | "ACCESS_SIGNING_SECRET_ARN";
  whyNotRotated: string;
};

/**
 * A secret that a signing key is derived from: `{"seed": "<random>"}`. Only the entropy of the seed matters (64 letters and
 * digits, 381 bits): the functions derive an Ed25519 key from it.
 */
export class SigningSecret extends ReadableSecret {
  readonly secretArn: string;
  protected readonly environment: Partial<Record<EnvName, string>>;

  constructor(scope: Construct, id: string, { purpose, variable, whyNotRotated }: SigningSecretProps) {
    super(scope, id, undefined);
    // Do not change these settings: CloudFormation would generate another seed, which makes every token invalid.
    const secret = new Secret(this, "Generated", {
      description: `Seed of the key that signs the ${purpose} of the mirrord license server`,
      generateSecretString: {
        secretStringTemplate: "{}",
        generateStringKey: "seed",
        passwordLength: 64,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const description = `The secret with the seeds of the keys that sign ${purpose}`;
    this.secretArn = publish(this, `${id}SecretArn`, secret.secretArn, description);
    this.environment = { [variable]: this.secretArn };
    this.acknowledgeNoRotation(whyNotRotated);
  }
}

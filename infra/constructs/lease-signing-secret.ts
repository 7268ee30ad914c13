import { RemovalPolicy } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { EnvName } from "../../shared/contract/env.ts";
import { ReadableSecret } from "./readable-secret.ts";

/**
 * The secret from which the key that signs leases is derived: `{"seed": "<random>"}`. Only the seed's entropy matters
 * (64 letters and digits, 381 bits), since the functions derive an Ed25519 key from it.
 */
export class LeaseSigningSecret extends ReadableSecret {
  readonly secretArn: string;
  protected readonly environment: Partial<Record<EnvName, string>>;

  constructor(scope: Construct, id: string) {
    super(scope, id, undefined);
    // CloudFormation generates anew when any of these settings changes, which would void every lease: leave them.
    const secret = new Secret(this, "Generated", {
      description: "Seed of the key that signs the leases of the mirrord license server",
      generateSecretString: {
        secretStringTemplate: "{}",
        generateStringKey: "seed",
        passwordLength: 64,
        excludePunctuation: true,
      },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.secretArn = secret.secretArn;
    this.environment = { LEASE_SIGNING_SECRET_ARN: this.secretArn };
    this.acknowledgeNoRotation(
      "A lease is checked offline with the published key for as long as it lasts: a swap on a schedule would void leases.",
    );
  }
}

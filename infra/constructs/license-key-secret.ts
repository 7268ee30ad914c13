import { RemovalPolicy } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { EnvName } from "../../shared/contract/env.ts";
import { type ExistingSecret, ReadableSecret } from "./readable-secret.ts";

/** The secret that holds the license key, by which operators authenticate. Generated unless it exists already. */
export class LicenseKeySecret extends ReadableSecret {
  readonly secretArn: string;
  protected readonly environment: Partial<Record<EnvName, string>>;

  constructor(scope: Construct, id: string, existing: ExistingSecret | undefined, graceSeconds: number) {
    super(scope, id, existing);
    this.secretArn = existing?.secretArn ?? this.#generate();
    this.environment = {
      LICENSE_KEY_SECRET_ARN: this.secretArn,
      LICENSE_KEY_GRACE_SECONDS: String(graceSeconds),
    };
  }

  // CloudFormation generates anew when any of these settings changes, which would lock every operator out: leave them.
  #generate(): string {
    this.acknowledgeNoRotation("The key stands in every operator's Helm values, so only a person can rotate it.");
    const secret = new Secret(this, "Generated", {
      description: "License key of the mirrord license server",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    return secret.secretArn;
  }
}

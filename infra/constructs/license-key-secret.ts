import { RemovalPolicy } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { EnvName } from "../../shared/contract/env.ts";
import { publish } from "../publish.ts";
import { type ExistingSecret, ReadableSecret } from "./readable-secret.ts";

/** The secret that contains the license key, with which operators authenticate. Generated unless one is configured. */
export class LicenseKeySecret extends ReadableSecret {
  readonly secretArn: string;
  protected readonly environment: Partial<Record<EnvName, string>>;

  constructor(scope: Construct, id: string, existing: ExistingSecret | undefined, graceSeconds: number) {
    super(scope, id, existing);
    this.secretArn = publish(
      this,
      "LicenseKeySecretArn",
      existing?.secretArn ?? this.#generate(),
      "The secret with the license key, for license.key in Helm values",
    );
    this.environment = {
      LICENSE_KEY_SECRET_ARN: this.secretArn,
      LICENSE_KEY_GRACE_SECONDS: String(graceSeconds),
    };
  }

  // Do not change these settings: CloudFormation would generate another key, which locks out every operator.
  #generate(): string {
    this.acknowledgeNoRotation("The key is in the Helm values of every operator, so only a person can rotate it.");
    const secret = new Secret(this, "Generated", {
      description: "License key of the mirrord license server",
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    return secret.secretArn;
  }
}

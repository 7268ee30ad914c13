import { RemovalPolicy } from "aws-cdk-lib";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import type { EnvName } from "../../shared/contract/env.ts";
import { publish } from "../publish.ts";
import { type ExistingSecret, ReadableSecret } from "./readable-secret.ts";

export type LicenseSecretProps = {
  file?: ExistingSecret & { versionId?: string; versionStage?: string };
  /** Certificates in PEM, which are public: the authorities that the license must come from. */
  trustAnchor?: string;
};

/**
 * The secret that contains license.pem. Unless one is configured, it is created without a value, and the PEM is put there
 * after the deployment: a license never enters a template.
 */
export class LicenseSecret extends ReadableSecret {
  readonly secretArn: string;
  protected readonly environment: Partial<Record<EnvName, string>>;

  constructor(scope: Construct, id: string, { file: existing, trustAnchor }: LicenseSecretProps) {
    super(scope, id, existing);
    this.secretArn = publish(
      this,
      "LicenseSecretArn",
      existing?.secretArn ?? this.#createEmpty(),
      "The secret for license.pem; fill it with: license-server license put",
    );
    this.environment = {
      LICENSE_SECRET_ARN: this.secretArn,
      ...(existing?.versionId === undefined ? {} : { LICENSE_SECRET_VERSION_ID: existing.versionId }),
      ...(existing?.versionStage === undefined ? {} : { LICENSE_SECRET_VERSION_STAGE: existing.versionStage }),
      ...(trustAnchor === undefined ? {} : { LICENSE_TRUST_ANCHOR: trustAnchor }),
    };
  }

  // The CDK's Secret generates a random value if it gets none. This resource, with neither SecretString nor
  // GenerateSecretString, creates a secret without any version (CreateSecret API).
  #createEmpty(): string {
    const secret = new CfnSecret(this, "Empty", { description: "license.pem of the mirrord license server" });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    this.acknowledgeNoRotation("The license comes from its vendor; a new one is put here when it is renewed.");
    return secret.ref;
  }
}

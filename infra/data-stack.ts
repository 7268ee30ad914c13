import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { SecretName } from "../shared/contract/functions.ts";
import type { DeployConfig } from "./config.ts";
import { LeaseSigningSecret } from "./constructs/lease-signing-secret.ts";
import { LicenseKeySecret } from "./constructs/license-key-secret.ts";
import { LicenseSecret } from "./constructs/license-secret.ts";
import type { ReadableSecret } from "./constructs/readable-secret.ts";
import { ReportBucket } from "./constructs/report-bucket.ts";
import { ServerTable } from "./constructs/server-table.ts";

/** What must survive any mistake in the rest: the table, the secrets and the reports. All of it is retained. */
export class DataStack extends Stack {
  readonly table: ServerTable;
  readonly secrets: Readonly<Record<SecretName, ReadableSecret>>;

  constructor(scope: Construct, id: string, props: StackProps & { config: DeployConfig }) {
    const { config, ...stackProps } = props;
    super(scope, id, { description: "mirrord license server: table, secrets, reports", ...stackProps });
    this.table = new ServerTable(this, "Table");
    const license = new LicenseSecret(this, "License", config.license.file);
    const licenseKey = new LicenseKeySecret(this, "LicenseKey", config.license.key);
    this.secrets = { license, licenseKey, leaseSigning: new LeaseSigningSecret(this, "LeaseSigning") };
    const reports = new ReportBucket(this, "Reports");

    new CfnOutput(this, "TableName", { value: this.table.tableName });
    new CfnOutput(this, "LicenseSecretArn", { value: license.secretArn });
    new CfnOutput(this, "LicenseKeySecretArn", { value: licenseKey.secretArn });
    new CfnOutput(this, "ReportBucketName", { value: reports.bucketName });
  }
}

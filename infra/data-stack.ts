import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { SecretName } from "../shared/contract/functions.ts";
import type { DeployConfig } from "./config.ts";
import { EventsBus } from "./constructs/events-bus.ts";
import { LicenseKeySecret } from "./constructs/license-key-secret.ts";
import { LicenseSecret } from "./constructs/license-secret.ts";
import { NotifyTopic } from "./constructs/notify-topic.ts";
import type { ReadableSecret } from "./constructs/readable-secret.ts";
import { ReportBucket } from "./constructs/report-bucket.ts";
import { ServerTable } from "./constructs/server-table.ts";
import { SigningSecret } from "./constructs/signing-secret.ts";

/** What must survive any mistake in the rest: the table, the secrets and the reports, all of which are retained. */
export class DataStack extends Stack {
  readonly table: ServerTable;
  readonly reports: ReportBucket;
  /** Here, so that who has subscribed and confirmed stays subscribed. */
  readonly notifications: NotifyTopic;
  /** Where events go, if they go anywhere. Here, because others' rules stand on it. */
  readonly bus: EventsBus;
  readonly secrets: Readonly<Record<SecretName, ReadableSecret>>;

  constructor(scope: Construct, id: string, props: StackProps & { config: DeployConfig }) {
    const { config, ...stackProps } = props;
    super(scope, id, { description: "mirrord license server: table, secrets, reports", ...stackProps });
    this.table = new ServerTable(this, "Table", config.table);
    const license = new LicenseSecret(this, "License", config.license);
    const licenseKey = new LicenseKeySecret(this, "LicenseKey", config.license.key, config.license.keyGraceSeconds);
    this.secrets = {
      license,
      licenseKey,
      leaseSigning: new SigningSecret(this, "LeaseSigning", {
        purpose: "leases",
        variable: "LEASE_SIGNING_SECRET_ARN",
        whyNotRotated:
          "A lease is checked offline with the published key for as long as it lasts: a swap on a schedule would void leases.",
      }),
      accessSigning: new SigningSecret(this, "AccessSigning", {
        purpose: "access tokens",
        variable: "ACCESS_SIGNING_SECRET_ARN",
        whyNotRotated: "Rotating it voids every access token: that is for a person to decide.",
      }),
    };
    this.reports = new ReportBucket(this, "Reports");
    this.notifications = new NotifyTopic(this, "Notifications", { email: config.notifications.email });
    this.bus = new EventsBus(this, "Events");

    new CfnOutput(this, "TableName", { value: this.table.tableName });
    new CfnOutput(this, "LicenseSecretArn", { value: license.secretArn });
    new CfnOutput(this, "LicenseKeySecretArn", { value: licenseKey.secretArn });
    new CfnOutput(this, "LeaseSigningSecretArn", { value: this.secrets.leaseSigning.secretArn });
    new CfnOutput(this, "AccessSigningSecretArn", { value: this.secrets.accessSigning.secretArn });
    new CfnOutput(this, "ReportBucketName", { value: this.reports.bucketName });
    new CfnOutput(this, "NotificationTopicArn", { value: this.notifications.topic.topicArn });
    new CfnOutput(this, "EventBusName", { value: this.bus.bus.eventBusName });
  }
}

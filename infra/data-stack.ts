import { Stack, type StackProps } from "aws-cdk-lib";
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
import { publishForEarlierReleases } from "./earlier-outputs.ts";

/** What must survive any mistake elsewhere: the table, the secrets and the reports. All of them are retained. */
export class DataStack extends Stack {
  readonly table: ServerTable;
  readonly reports: ReportBucket;
  /** Here, so that confirmed subscribers stay subscribed. */
  readonly notifications: NotifyTopic;
  /** The bus that events go to, if they are on. Here, because other teams attach rules to it. */
  readonly bus: EventsBus;
  readonly secrets: Readonly<Record<SecretName, ReadableSecret>>;

  constructor(scope: Construct, id: string, props: StackProps & { config: DeployConfig }) {
    const { config, ...stackProps } = props;
    super(scope, id, { description: "mirrord license server: table, secrets, reports", ...stackProps });
    this.table = new ServerTable(this, "Table", { existing: config.table, tags: config.tags });
    const { key, keyGraceSeconds } = config.license;
    this.secrets = {
      license: new LicenseSecret(this, "License", config.license),
      licenseKey: new LicenseKeySecret(this, "LicenseKey", key, keyGraceSeconds),
      leaseSigning: new SigningSecret(this, "LeaseSigning", {
        purpose: "leases",
        variable: "LEASE_SIGNING_SECRET_ARN",
        whyNotRotated:
          "Operators verify a lease offline with the published key until it expires: a scheduled rotation would make leases invalid.",
      }),
      accessSigning: new SigningSecret(this, "AccessSigning", {
        purpose: "access tokens",
        variable: "ACCESS_SIGNING_SECRET_ARN",
        whyNotRotated: "A rotation makes every access token invalid, so a person decides about it.",
      }),
    };
    this.reports = new ReportBucket(this, "Reports");
    this.notifications = new NotifyTopic(this, "Notifications", { email: config.notifications.email });
    this.bus = new EventsBus(this, "Events");
    publishForEarlierReleases(this);
  }
}

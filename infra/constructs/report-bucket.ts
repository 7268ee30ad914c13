import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { FunctionSpec } from "../../shared/contract/functions.ts";
import { DOWNLOADS_DAYS, DOWNLOADS_PREFIX } from "../../shared/contract/report-names.ts";
import { acknowledgeWildcard } from "../acknowledge-wildcard.ts";
import { publish } from "../publish.ts";
import type { HandlerFunction } from "./handler-function.ts";

/** The bucket for reports. A report that is made again overwrites the same name, so older versions are kept for a while. */
export class ReportBucket extends Construct {
  readonly #name: string;
  readonly #arn: string;
  readonly #domainName: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const bucket = new Bucket(this, "Resource", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      // A page that shows reports follows a link here from its own origin. All origins are safe: nothing can be read without
      // the signature in a link, and a link works without a page as well.
      cors: [{ allowedMethods: [HttpMethods.GET], allowedOrigins: ["*"], maxAge: 3_000 }],
      lifecycleRules: [
        {
          prefix: DOWNLOADS_PREFIX,
          expiration: Duration.days(DOWNLOADS_DAYS),
          // In a versioned bucket, an expired object is only marked as deleted.
          noncurrentVersionExpiration: Duration.days(1),
        },
        { noncurrentVersionExpiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "Few people read few reports: CloudTrail data events show who read one, without a second bucket to protect.",
    });
    this.#name = publish(
      this,
      "ReportBucketName",
      bucket.bucketName,
      "The bucket with the usage reports, below reports/usage/",
    );
    this.#arn = publish(this, "ReportBucketArn", bucket.bucketArn, "The ARN of that bucket");
    const domainName = bucket.bucketRegionalDomainName;
    this.#domainName = publish(this, "ReportBucketDomainName", domainName, "The host name of links to large reports");
  }

  /** Sets the variable with the origin of links into the bucket, for a page that follows them. */
  configureOrigin(fn: HandlerFunction): void {
    fn.configure("REPORT_BUCKET_ORIGIN", `https://${this.#domainName}`);
  }

  /** Grants a function the actions of its contract on the objects below its prefix, and sets the variable with the bucket's name. */
  grant(fn: HandlerFunction, { actions, prefix }: NonNullable<FunctionSpec["bucket"]>): void {
    const objects = `${this.#arn}/${prefix}*`;
    fn.configure("REPORT_BUCKET", this.#name);
    fn.allow(
      new PolicyStatement({
        actions: actions.map((action) => `s3:${action}`),
        resources: [objects],
      }),
    );
    acknowledgeWildcard(fn, objects, "Object names vary: the grant covers everything below one prefix.");
  }
}

import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { FunctionSpec } from "../../shared/contract/functions.ts";
import { DOWNLOADS_DAYS, DOWNLOADS_PREFIX } from "../../shared/contract/report-names.ts";
import { acknowledgeWildcard } from "../acknowledge-wildcard.ts";
import type { HandlerFunction } from "./handler-function.ts";

/** Where reports are kept. A report made again overwrites the same name, so the versions before it stay for a while. */
export class ReportBucket extends Construct {
  readonly #bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const bucket = new Bucket(this, "Resource", {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      // A page that shows reports follows a link here from its own origin. It needs no leave: without the signature that a
      // link carries, nobody reads anything, and whoever has one could fetch it by other means.
      cors: [{ allowedMethods: [HttpMethods.GET], allowedOrigins: ["*"], maxAge: 3_000 }],
      lifecycleRules: [
        {
          prefix: DOWNLOADS_PREFIX,
          expiration: Duration.days(DOWNLOADS_DAYS),
          // In a versioned bucket what expires is only marked as deleted.
          noncurrentVersionExpiration: Duration.days(1),
        },
        { noncurrentVersionExpiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "Few reports, read by few: CloudTrail data events answer who read one, without a second bucket to guard.",
    });
    this.#bucket = bucket;
  }

  get bucketName(): string {
    return this.#bucket.bucketName;
  }

  /** Tells a function where links into the bucket lead, for a page that follows them. */
  tellOrigin(fn: HandlerFunction): void {
    fn.configure("REPORT_BUCKET_ORIGIN", `https://${this.#bucket.bucketRegionalDomainName}`);
  }

  /** Lets a function do to the objects below its prefix what its contract says, and tells it the bucket's name. */
  grant(fn: HandlerFunction, { actions, prefix }: NonNullable<FunctionSpec["bucket"]>): void {
    const objects = this.#bucket.arnForObjects(`${prefix}*`);
    fn.configure("REPORT_BUCKET", this.#bucket.bucketName);
    fn.allow(
      new PolicyStatement({
        actions: actions.map((action) => `s3:${action}`),
        resources: [objects],
      }),
    );
    acknowledgeWildcard(fn, objects, "Objects have names of their own: what is granted is all below one prefix.");
  }
}

import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { FunctionSpec } from "../../shared/contract/functions.ts";
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
      lifecycleRules: [
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

  /** Lets a function do to the bucket's objects what its contract says, and tells it the bucket's name. */
  grant(fn: HandlerFunction, actions: NonNullable<FunctionSpec["bucket"]>): void {
    fn.configure("REPORT_BUCKET", this.#bucket.bucketName);
    fn.allow(
      new PolicyStatement({
        actions: actions.map((action) => `s3:${action}`),
        resources: [this.#bucket.arnForObjects("*")],
      }),
    );
  }
}

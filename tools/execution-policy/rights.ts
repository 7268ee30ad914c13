/** What CloudFormation does to create, read, update and delete resources of one type, and to which ARNs. */
export type Rights = {
  readonly actions: readonly string[];
  /** ARNs after `arn:aws:`. `PREFIX` stands for the prefix of the stacks' names, `prefix` for the same in lower case. */
  readonly on: readonly string[];
};

const API: Rights = {
  actions: verbs("apigateway", "GET POST PUT PATCH DELETE TagResource UntagResource"),
  on: ["apigateway:*::/apis*", "apigateway:*::/restapis*", "apigateway:*::/domainnames*", "apigateway:*::/tags/*"],
};

// Of Lambda, Scheduler and Pipes each resource gets a role. Which services may get one is in policy.ts.
const LAMBDA = ["lambda:*:*:function:PREFIX-*"];

/**
 * The rights for each resource type of the templates (the permissions of the handlers in the CloudFormation resource schemas).
 * Without those for properties that no template sets.
 */
export const RIGHTS: Readonly<Record<string, Rights>> = {
  "AWS::ApiGateway::Deployment": API,
  "AWS::ApiGateway::Method": API,
  "AWS::ApiGateway::Resource": API,
  "AWS::ApiGateway::RestApi": {
    actions: [...API.actions, ...verbs("apigateway", "UpdateRestApiPolicy")],
    on: API.on,
  },
  "AWS::ApiGateway::Stage": API,
  "AWS::ApiGatewayV2::Api": API,
  "AWS::ApiGatewayV2::ApiMapping": API,
  // The last two are for client certificates.
  "AWS::ApiGatewayV2::DomainName": {
    actions: [...API.actions, ...verbs("apigateway", "AddCertificateToDomain RemoveCertificateFromDomain")],
    on: API.on,
  },
  "AWS::ApiGatewayV2::Integration": API,
  "AWS::ApiGatewayV2::Route": API,
  "AWS::ApiGatewayV2::Stage": API,
  "AWS::CloudWatch::Alarm": {
    actions: verbs(
      "cloudwatch",
      "PutMetricAlarm DeleteAlarms DescribeAlarms TagResource UntagResource ListTagsForResource",
    ),
    on: ["cloudwatch:*:*:alarm:PREFIX-*"],
  },
  "AWS::CloudWatch::Dashboard": {
    actions: verbs("cloudwatch", "PutDashboard GetDashboard DeleteDashboards"),
    on: ["cloudwatch::*:dashboard/*"],
  },
  "AWS::DynamoDB::GlobalTable": {
    actions: verbs(
      "dynamodb",
      "CreateTable UpdateTable DescribeTable DeleteTable DescribeTimeToLive UpdateTimeToLive DescribeContinuousBackups " +
        "UpdateContinuousBackups DescribeContributorInsights DescribeKinesisStreamingDestination GetResourcePolicy " +
        "DescribeTableReplicaAutoScaling ListTagsOfResource TagResource UntagResource",
    ),
    on: ["dynamodb:*:*:table/PREFIX-*"],
  },
  "AWS::Events::EventBus": {
    actions: verbs(
      "events",
      "CreateEventBus UpdateEventBus DescribeEventBus DeleteEventBus TagResource UntagResource ListTagsForResource",
    ),
    on: ["events:*:*:event-bus/*"],
  },
  "AWS::Events::Rule": {
    actions: verbs(
      "events",
      "PutRule DescribeRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets ListTargetsByRule TagResource UntagResource ListTagsForResource",
    ),
    on: ["events:*:*:rule/*"],
  },
  "AWS::IAM::Policy": {
    actions: verbs("iam", "PutRolePolicy DeleteRolePolicy GetRolePolicy"),
    on: ["iam::*:role/PREFIX-*"],
  },
  "AWS::IAM::Role": {
    actions: verbs(
      "iam",
      "CreateRole DeleteRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy " +
        "GetRolePolicy ListRolePolicies ListAttachedRolePolicies PutRolePermissionsBoundary DeleteRolePermissionsBoundary " +
        "TagRole UntagRole ListRoleTags",
    ),
    on: ["iam::*:role/PREFIX-*"],
  },
  // To create one has no resource of its own: policy.ts.
  "AWS::Lambda::EventSourceMapping": {
    actions: verbs(
      "lambda",
      "GetEventSourceMapping UpdateEventSourceMapping DeleteEventSourceMapping ListTags TagResource UntagResource",
    ),
    on: ["lambda:*:*:event-source-mapping:*", "lambda:*:*:event-source-mapping/*"],
  },
  "AWS::Lambda::Function": {
    actions: verbs(
      "lambda",
      "CreateFunction GetFunction GetFunctionConfiguration UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction " +
        "PutFunctionConcurrency DeleteFunctionConcurrency GetFunctionCodeSigningConfig GetFunctionRecursionConfig " +
        "GetRuntimeManagementConfig ListTags TagResource UntagResource",
    ),
    on: LAMBDA,
  },
  "AWS::Lambda::Permission": { actions: verbs("lambda", "AddPermission RemovePermission GetPolicy"), on: LAMBDA },
  "AWS::Logs::LogGroup": {
    actions: verbs(
      "logs",
      "CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey " +
        "GetDataProtectionPolicy TagResource UntagResource ListTagsForResource",
    ),
    on: ["logs:*:*:log-group:PREFIX-*", "logs:*:*:log-group:/aws/vendedlogs/PREFIX-*"],
  },
  "AWS::Pipes::Pipe": {
    actions: verbs(
      "pipes",
      "CreatePipe DescribePipe UpdatePipe DeletePipe TagResource UntagResource ListTagsForResource",
    ),
    on: ["pipes:*:*:pipe/EventsPipe*"],
  },
  "AWS::Route53::RecordSet": {
    actions: verbs("route53", "ChangeResourceRecordSets ListResourceRecordSets GetHostedZone GetChange"),
    on: ["route53:::hostedzone/*", "route53:::change/*"],
  },
  "AWS::S3::Bucket": {
    actions: verbs(
      "s3",
      "CreateBucket DeleteBucket ListBucket GetBucketAcl PutBucketTagging GetBucketTagging PutEncryptionConfiguration " +
        "GetEncryptionConfiguration PutBucketCORS GetBucketCORS PutLifecycleConfiguration GetLifecycleConfiguration " +
        "PutBucketPublicAccessBlock GetBucketPublicAccessBlock PutBucketVersioning GetBucketVersioning PutBucketOwnershipControls " +
        "GetBucketOwnershipControls",
    ),
    on: ["s3:::prefix-*"],
  },
  "AWS::S3::BucketPolicy": {
    actions: verbs("s3", "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy"),
    on: ["s3:::prefix-*"],
  },
  "AWS::SNS::Subscription": {
    actions: verbs("sns", "Subscribe Unsubscribe GetSubscriptionAttributes SetSubscriptionAttributes"),
    on: ["sns:*:*:PREFIX-*"],
  },
  "AWS::SNS::Topic": {
    actions: verbs(
      "sns",
      "CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes GetDataProtectionPolicy ListSubscriptionsByTopic TagResource " +
        "UntagResource ListTagsForResource",
    ),
    on: ["sns:*:*:PREFIX-*"],
  },
  "AWS::SNS::TopicPolicy": { actions: verbs("sns", "GetTopicAttributes SetTopicAttributes"), on: ["sns:*:*:PREFIX-*"] },
  "AWS::SQS::Queue": {
    actions: verbs(
      "sqs",
      "CreateQueue DeleteQueue GetQueueUrl GetQueueAttributes SetQueueAttributes ListQueueTags TagQueue UntagQueue",
    ),
    on: ["sqs:*:*:PREFIX-*"],
  },
  "AWS::SQS::QueuePolicy": { actions: verbs("sqs", "GetQueueAttributes SetQueueAttributes"), on: ["sqs:*:*:PREFIX-*"] },
  "AWS::Scheduler::Schedule": {
    actions: verbs("scheduler", "CreateSchedule GetSchedule UpdateSchedule DeleteSchedule"),
    on: ["scheduler:*:*:schedule/default/PREFIX-*"],
  },
  // Without a name, CloudFormation names a secret after its logical id.
  "AWS::SecretsManager::Secret": {
    actions: verbs(
      "secretsmanager",
      "CreateSecret DescribeSecret UpdateSecret DeleteSecret GetSecretValue TagResource UntagResource",
    ),
    on: ["LicenseEmpty", "LicenseKeyGenerated", "LeaseSigningGenerated", "AccessSigningGenerated"].map(
      (name) => `secretsmanager:*:*:secret:${name}*`,
    ),
  },
};

function verbs(service: string, names: string): string[] {
  return names.split(" ").map((name) => `${service}:${name}`);
}

import type { Excuse } from "./findings.ts";

/** The rules of CloudFormation Guard that need not hold, each for the resources named. */
export const GUARD_EXCUSES: readonly Excuse[] = [
  {
    rule: "CT.APIGATEWAY.PR.5",
    resources: /^Http(Api|Fallback)/,
    reason: "The functions check the license key or a token of ours themselves, before they look at anything else.",
  },
  {
    rule: "CT.CLOUDWATCH.PR.2",
    resources: /Logs|AccessLog/,
    reason: "How long logs are kept is the configuration's to say (retention.logsDays); the audit is in the table.",
  },
  {
    rule: "CT.CLOUDWATCH.PR.3",
    resources: /Logs|AccessLog/,
    reason: "CloudWatch encrypts all logs with keys of its own, and no secret and no license is ever logged.",
  },
  {
    rule: "CT.LAMBDA.PR.2",
    resources: /^Http.*Permission/,
    reason: "Each names the API Gateway, and this API of this account as its source, by an ARN the rule cannot read.",
  },
  {
    rule: "CT.LAMBDA.PR.3",
    resources: /Function[0-9A-F]{8}$/,
    reason:
      "They reach nothing but AWS's own endpoints; a VPC would add NAT or endpoints by the hour, and guard nothing.",
  },
  {
    rule: "CT.S3.PR.2",
    resources: /^Reports[0-9A-F]{8}$/,
    reason: "Few reports, read by few: CloudTrail data events answer who read one, without a second bucket to guard.",
  },
  {
    rule: "CT.S3.PR.4",
    resources: /^Reports[0-9A-F]{8}$/,
    reason: "Nothing waits for a report to appear; who is to be told of one is told by the topic.",
  },
  {
    rule: "CT.S3.PR.9",
    resources: /^Reports[0-9A-F]{8}$/,
    reason: "A report can be made again, and one with the names of people must be possible to delete.",
  },
  {
    rule: "CT.S3.PR.10",
    resources: /^Reports[0-9A-F]{8}$/,
    reason: "Encrypted with S3's own keys: a link is fetched by people who have no rights on a KMS key.",
  },
  {
    rule: "CT.SQS.PR.1",
    resources: /DeadLetters[0-9A-F]{8}$/,
    reason: "It is itself the last stop of what failed, and no program reads it.",
  },
];

/** The rules of cfn-lint that need not hold. */
export const LINT_EXCUSES: readonly Excuse[] = [
  {
    rule: "W3005",
    resources: /./,
    reason: "The CDK names what a resource waits for, also where a reference says it already; it does no harm.",
  },
];

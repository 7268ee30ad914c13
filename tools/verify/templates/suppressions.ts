import type { Suppression } from "./findings.ts";

/** Rules of CloudFormation Guard that do not apply to the named resources, with the reason. */
export const GUARD_SUPPRESSIONS: readonly Suppression[] = [
  {
    rule: "CT.APIGATEWAY.PR.5",
    resources: /^Http(Api|Fallback)/,
    reason: "The functions check the license key or a token of ours themselves, before they look at anything else.",
  },
  {
    rule: "CT.APIGATEWAY.PR.1",
    resources: /^PrivateApiDeploymentStage/,
    reason: "It would log headers, which carry the credentials. The functions log each request.",
  },
  {
    rule: "CT.APIGATEWAY.PR.2",
    resources: /^PrivateApiDeploymentStage/,
    reason: "Traces are a setting (tracing). The request ids in the JSON logs identify a call instead.",
  },
  {
    rule: "CT.CLOUDWATCH.PR.2",
    resources: /Logs|AccessLog/,
    reason: "The configuration sets how long logs are kept (retention.logsDays); the audit is in the table.",
  },
  {
    rule: "CT.CLOUDWATCH.PR.3",
    resources: /Logs|AccessLog/,
    reason: "CloudWatch encrypts all logs with its own keys, and secrets and licenses are never logged.",
  },
  {
    rule: "CT.LAMBDA.PR.2",
    resources: /^(Http.*|Private[A-Z][a-z]+)Permission/,
    reason: "Each names the API Gateway, and this API of this account as its source, by an ARN the rule cannot read.",
  },
  {
    rule: "CT.LAMBDA.PR.3",
    resources: /Function[0-9A-F]{8}$/,
    reason: "They call AWS endpoints only. A VPC would cost NAT or endpoints by the hour, and protect nothing.",
  },
  {
    rule: "CT.S3.PR.2",
    resources: /^Reports[0-9A-F]{8}$/,
    reason: "Few people read few reports. CloudTrail data events show who read one, without a second bucket.",
  },
  {
    rule: "CT.S3.PR.4",
    resources: /^Reports[0-9A-F]{8}$/,
    reason: "Nothing waits for a report to appear. The topic notifies people.",
  },
  {
    rule: "CT.S3.PR.9",
    resources: /^Reports[0-9A-F]{8}$/,
    reason: "A report can be made again, and it must be possible to delete one that names people.",
  },
  {
    rule: "CT.S3.PR.10",
    resources: /^Reports[0-9A-F]{8}$/,
    reason: "Encrypted with S3's own keys: a link is fetched by people who have no rights on a KMS key.",
  },
  {
    rule: "CT.SQS.PR.1",
    resources: /DeadLetters[0-9A-F]{8}$/,
    reason: "It is itself the queue for failed messages, and no program reads it.",
  },
];

/** Rules of cfn-lint that do not apply, with the reason. */
export const LINT_SUPPRESSIONS: readonly Suppression[] = [
  {
    rule: "W3005",
    resources: /./,
    reason: "The CDK lists the dependencies of a resource even where a reference implies them, which is harmless.",
  },
];

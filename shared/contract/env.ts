/**
 * The environment variables a function may read, each with its meaning. `infra` sets them, `functions` parse them, the
 * local server fills them in; nothing else is read from the environment.
 */
export const ENV = {
  TABLE_NAME: "name of the DynamoDB table",
  DYNAMODB_ENDPOINT: "another endpoint than AWS's own for DynamoDB (local use)",
  LICENSE_SECRET_ARN: "ARN of the secret that holds license.pem",
  LICENSE_SECRET_VERSION_ID: "pins a version of that secret",
  LICENSE_SECRET_VERSION_STAGE: "follows another staging label than AWSCURRENT of that secret",
  LICENSE_PATH: "file that holds license.pem, instead of a secret",
  LICENSE_TRUST_ANCHOR: "PEM of the authorities that licenses must come from; unset: signatures are not verified",
  LICENSE_KEY_SECRET_ARN: "ARN of the secret that holds the license key",
  LICENSE_KEY: "the license key itself, instead of a secret",
  LICENSE_KEY_PREVIOUS: "the license key before it, still accepted while it is set",
  LICENSE_KEY_GRACE_SECONDS: "how long after a new license key was made the one before it is accepted",
  LEASE_SIGNING_SECRET_ARN: "ARN of the secret that holds the lease signing seed",
  LEASE_SIGNING_PATH: "file that holds the lease signing seed, instead of a secret",
  ACCESS_SIGNING_SECRET_ARN: "ARN of the secret that holds the seed of the access tokens' signing key",
  ACCESS_SIGNING_PATH: "file that holds that seed, instead of a secret",
  ADMIN_BY_LICENSE_KEY: "true: the license key alone opens what otherwise takes an access token's scope",
  TOKEN_ISSUER: "`iss` of the tokens",
  SEATS_ALLOW_OVERAGES: "true or false: the seat policy; unset follows the license's type",
  SEATS_ANCHOR_DAY: "1-31: the day of the month a billing period begins; unset is the license's issue day",
  RETENTION_SESSIONS_DAYS: "how long sessions are kept",
  RETENTION_OPERATOR_ERRORS_DAYS: "how long operator errors are kept",
  LEASE_SECONDS: "how long a lease lasts",
  HEARTBEAT_INTERVAL_SECONDS: "how often an operator is asked to beat",
  OPERATOR_LOST_SECONDS: "after this long without a heartbeat an operator's sessions end as lost",
  REPORT_BUCKET: "name of the bucket that keeps reports and answers too large for Lambda",
  REPORT_BUCKET_ORIGIN: "origin of that bucket, to which the web page may follow links",
  REPORT_DIR: "folder that stands in for that bucket",
  REPORT_DIR_URL: "where the local server serves that folder",
  REPORT_SCHEDULE: "weekly or monthly: of which periods reports are made by themselves; unset: of none",
  REPORT_TIME_ZONE: "IANA time zone in which those periods begin",
  NOTIFY_TOPIC_ARN: "ARN of the SNS topic for notifications; unset: the log has them",
  JIRA_WEBHOOK_SECRET_ARN: "ARN of the secret that holds the URL of Jira's webhook",
  DASHBOARD_ENABLED: "false: /dashboard answers 404",
  METRICS_PER_USER: "true: session metrics carry labels of users",
  PSEUDONYMS_ONLY:
    "true: lists and reports show pseudonyms in place of people's and machines' names, and the log of sessions none",
  DISPLAY_NAME_STRIP: "pattern whose matches are taken out of the names that are shown",
  LOG_LEVEL: "debug, info, warn or error",
  DEPLOYMENT:
    "name of the deployment, by which CloudWatch tells its metrics from those of others; unset: none are told",
} as const;

export type EnvName = keyof typeof ENV;

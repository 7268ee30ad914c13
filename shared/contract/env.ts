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
  LICENSE_KEY_PREVIOUS: "the previous license key, accepted while this is set",
  LICENSE_KEY_GRACE_SECONDS: "how long the previous license key is accepted after a new one was made",
  LEASE_SIGNING_SECRET_ARN: "ARN of the secret that holds the lease signing seed",
  LEASE_SIGNING_PATH: "file that holds the lease signing seed, instead of a secret",
  ACCESS_SIGNING_SECRET_ARN: "ARN of the secret that holds the seed of the access tokens' signing key",
  ACCESS_SIGNING_PATH: "file that holds the seed of the access tokens' signing key, instead of a secret",
  ADMIN_BY_LICENSE_KEY: "true: the license key alone opens routes that need a scope of an access token",
  TOKEN_ISSUER: "`iss` of the tokens",
  SEATS_ALLOW_OVERAGES: "true or false: the seat policy; unset follows the license's type",
  SEATS_ANCHOR_DAY: "1-31: the day of the month a billing period begins; unset is the license's issue day",
  RETENTION_SESSIONS_DAYS: "how long sessions are kept",
  RETENTION_OPERATOR_ERRORS_DAYS: "how long operator errors are kept",
  LEASE_SECONDS: "how long a lease lasts",
  HEARTBEAT_INTERVAL_SECONDS: "how often an operator should send a heartbeat",
  OPERATOR_LOST_SECONDS: "after this long without a heartbeat an operator's sessions end as lost",
  REPORT_BUCKET: "name of the bucket that keeps reports and answers too large for Lambda",
  REPORT_BUCKET_ORIGIN: "origin of that bucket, to which the web page may follow links",
  REPORT_DIR: "folder that replaces that bucket",
  REPORT_DIR_URL: "URL under which the local server serves that folder",
  REPORT_SCHEDULE: "weekly or monthly: the periods for which reports are made automatically; unset: none",
  REPORT_TIME_ZONE: "IANA time zone of those periods",
  NOTIFY_TOPIC_ARN: "ARN of the SNS topic for notifications; unset: they are only logged",
  JIRA_WEBHOOK_SECRET_ARN: "ARN of the secret that holds the URL of Jira's webhook",
  DASHBOARD_ENABLED: "false: /dashboard answers 404",
  METRICS_PER_USER: "true: session metrics carry labels of users",
  PSEUDONYMS_ONLY:
    "true: lists and reports show pseudonyms instead of names of people and machines; the log of sessions has no names",
  DISPLAY_NAME_STRIP: "regular expression (RE2) whose matches are removed from shown names",
  LOG_LEVEL: "debug, info, warn or error",
  DEPLOYMENT: "name of the deployment, the dimension of its CloudWatch metrics; unset: no metrics are written",
} as const;

export type EnvName = keyof typeof ENV;

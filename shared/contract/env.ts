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
  LICENSE_KEY_SECRET_ARN: "ARN of the secret that holds the license key",
  LICENSE_KEY: "the license key itself, instead of a secret",
  LEASE_SIGNING_SECRET_ARN: "ARN of the secret that holds the lease signing seed",
  LEASE_SIGNING_PATH: "file that holds the lease signing seed, instead of a secret",
  TOKEN_ISSUER: "`iss` of the tokens",
  SEATS_ALLOW_OVERAGES: "true or false: the seat policy; unset follows the license's type",
  SEATS_ANCHOR_DAY: "1-31: the day of the month a billing period begins; unset is the license's issue day",
  RETENTION_SESSIONS_DAYS: "how long sessions are kept",
  RETENTION_OPERATOR_ERRORS_DAYS: "how long operator errors are kept",
  LEASE_SECONDS: "how long a lease lasts",
  HEARTBEAT_INTERVAL_SECONDS: "how often an operator is asked to beat",
  LOG_LEVEL: "debug, info, warn or error",
} as const;

export type EnvName = keyof typeof ENV;

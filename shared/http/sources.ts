import type { Env } from "../contract/parse-env.ts";
import type { LicenseKeySources } from "../licensing/license-key.ts";
import type { LicenseStore } from "../licensing/license-source.ts";
import { fileSecret, fixedSecret, type SecretSource, secretsManagerSecret } from "../licensing/secret.ts";
import { readTrustAnchors } from "../licensing/trust.ts";

/** Where the license comes from, and what replaces one that is not valid. */
export const licenseStore = (env: Env): LicenseStore => {
  if (env.LICENSE_PATH !== undefined) return { current: fileSecret(env.LICENSE_PATH), previous: "last good" };
  const arn = env.LICENSE_SECRET_ARN ?? "";
  const version = { versionId: env.LICENSE_SECRET_VERSION_ID, versionStage: env.LICENSE_SECRET_VERSION_STAGE };
  const chosen = version.versionId !== undefined || (version.versionStage ?? CURRENT_STAGE) !== CURRENT_STAGE;
  return {
    current: secretsManagerSecret(arn, version),
    previous: chosen ? "nothing" : secretsManagerSecret(arn, { versionStage: PREVIOUS_STAGE }),
  };
};

// The labels that Secrets Manager moves automatically when a new value is put (PutSecretValue, API reference).
const CURRENT_STAGE = "AWSCURRENT";
const PREVIOUS_STAGE = "AWSPREVIOUS";

/** The authorities that must have issued licenses; undefined if none are configured. */
export const trustAnchors = ({ LICENSE_TRUST_ANCHOR: pem }: Env) =>
  pem === undefined ? undefined : readTrustAnchors(pem);

/** Where the current license key comes from, and the previous one while a rotation lasts. */
export const licenseKeySources = (env: Env): LicenseKeySources => {
  const graceSeconds = env.LICENSE_KEY_GRACE_SECONDS;
  if (env.LICENSE_KEY !== undefined) {
    const previous = env.LICENSE_KEY_PREVIOUS;
    const current = fixedSecret(env.LICENSE_KEY);
    return { current, graceSeconds, ...(previous === undefined ? {} : { previous: fixedSecret(previous) }) };
  }
  const arn = env.LICENSE_KEY_SECRET_ARN ?? "";
  return {
    current: secretsManagerSecret(arn),
    previous: secretsManagerSecret(arn, { versionStage: PREVIOUS_STAGE }),
    graceSeconds,
  };
};

/** Where the seeds of the keys that sign leases come from. */
export const leaseSigningSecret = (env: Env): SecretSource =>
  fileOrSecret(env.LEASE_SIGNING_PATH, env.LEASE_SIGNING_SECRET_ARN);

/** Where the seeds of the keys that sign access tokens come from. */
export const accessSigningSecret = (env: Env): SecretSource =>
  fileOrSecret(env.ACCESS_SIGNING_PATH, env.ACCESS_SIGNING_SECRET_ARN);

const fileOrSecret = (path: string | undefined, arn: string | undefined): SecretSource =>
  path === undefined ? secretsManagerSecret(arn ?? "") : fileSecret(path);

/** Where the URL of Jira's webhook comes from; undefined if none is configured. */
export const jiraWebhookSecret = ({ JIRA_WEBHOOK_SECRET_ARN: arn }: Env): SecretSource | undefined =>
  arn === undefined ? undefined : secretsManagerSecret(arn);

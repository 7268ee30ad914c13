import type { EnvName } from "../contract/env.ts";
import type { FunctionSpec, SecretName } from "../contract/functions.ts";
import type { Env } from "../contract/parse-env.ts";

/**
 * Starts to read the secrets of a function's usual call that come over the network, all at once, while the function loads. Otherwise its
 * first call would wait for one after the other. A failure here is ignored: the call that needs the secret reads it again.
 */
export const readAhead = (
  { secrets, rareSecrets = [] }: Pick<FunctionSpec, "secrets" | "rareSecrets">,
  env: Partial<Env>,
  reads: Readonly<Record<SecretName, () => Promise<unknown>>>,
): void => {
  for (const secret of secrets)
    if (env[ARN[secret]] !== undefined && !rareSecrets.includes(secret)) reads[secret]().catch(() => undefined);
};

const ARN = {
  license: "LICENSE_SECRET_ARN",
  licenseKey: "LICENSE_KEY_SECRET_ARN",
  leaseSigning: "LEASE_SIGNING_SECRET_ARN",
  accessSigning: "ACCESS_SIGNING_SECRET_ARN",
} as const satisfies Record<SecretName, EnvName>;

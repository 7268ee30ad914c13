import { readFile } from "node:fs/promises";

/** What a secret source answered. `missing` is an answer (nothing is stored there); failing to answer is an exception. */
export type SecretReading = { found: true; value: string } | { found: false };

/** Reads a secret afresh, every time it is called. */
export type SecretSource = () => Promise<SecretReading>;

export const fixedSecret =
  (value: string): SecretSource =>
  async () => ({ found: true, value });

export const fileSecret =
  (path: string): SecretSource =>
  async () => {
    try {
      return { found: true, value: await readFile(path, "utf8") };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { found: false };
      throw error;
    }
  };

export type SecretVersion = { versionId?: string | undefined; versionStage?: string | undefined };

/**
 * A secret in AWS Secrets Manager; without a version, the one labelled AWSCURRENT. A secret without that version (as a
 * new, empty one) answers ResourceNotFoundException, which here means that nothing is stored yet.
 */
export const secretsManagerSecret = (arn: string, version: SecretVersion = {}): SecretSource => {
  let client: Promise<SecretsClient> | undefined;
  return async () => {
    client ??= loadClient();
    const { manager, GetSecretValueCommand } = await client;
    try {
      const input = {
        SecretId: arn,
        ...(version.versionId === undefined ? {} : { VersionId: version.versionId }),
        ...(version.versionStage === undefined ? {} : { VersionStage: version.versionStage }),
      };
      const output = await manager.send(new GetSecretValueCommand(input));
      const value = output.SecretString ?? (output.SecretBinary && Buffer.from(output.SecretBinary).toString("utf8"));
      return value === undefined ? { found: false } : { found: true, value };
    } catch (error) {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return { found: false };
      throw error;
    }
  };
};

type SecretsClient = Awaited<ReturnType<typeof loadClient>>;

// Loaded on first use, so that a function whose secrets come from elsewhere does not pay for it.
const loadClient = async () => {
  const { SecretsManagerClient, GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
  const requestHandler = { connectionTimeout: 1_000, requestTimeout: 3_000 };
  return { manager: new SecretsManagerClient({ maxAttempts: 3, requestHandler }), GetSecretValueCommand };
};

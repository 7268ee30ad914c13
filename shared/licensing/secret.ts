import { readFile } from "node:fs/promises";
import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { EpochMs } from "../contract/time.ts";
import { readUtf8 } from "../contract/utf8.ts";
import { lambdaSettings } from "../store/lambda-settings.ts";

/**
 * What a secret source answered. Nothing stored is an answer; failing to answer is an exception. `fault` says what a
 * value is that is stored but is no text.
 */
export type SecretReading = { found: true; value: string; version?: StoredVersion } | { found: false; fault?: string };

/** The version of a secret, if its source has versions. */
export type StoredVersion = { id: string; createdAt: EpochMs };

/** Reads a secret, anew at every call. */
export type SecretSource = () => Promise<SecretReading>;

export const fixedSecret =
  (value: string): SecretSource =>
  async () => ({ found: true, value });

export const fileSecret =
  (path: string): SecretSource =>
  async () => {
    try {
      return textOf(await readFile(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { found: false };
      throw error;
    }
  };

export type SecretVersion = { versionId?: string | undefined; versionStage?: string | undefined };

/**
 * A secret in AWS Secrets Manager; without a version, the one labelled AWSCURRENT. If a secret lacks that version, as a new
 * and empty one does, Secrets Manager answers ResourceNotFoundException: nothing is stored yet.
 */
export const secretsManagerSecret =
  (arn: string, version: SecretVersion = {}): SecretSource =>
  async () => {
    const input = {
      SecretId: arn,
      ...(version.versionId === undefined ? {} : { VersionId: version.versionId }),
      ...(version.versionStage === undefined ? {} : { VersionStage: version.versionStage }),
    };
    try {
      const output = await manager().send(new GetSecretValueCommand(input));
      const { SecretString: text, SecretBinary: bytes } = output;
      if (text === undefined && bytes === undefined) return { found: false };
      const reading: SecretReading =
        text === undefined ? textOf(bytes ?? new Uint8Array()) : { found: true, value: text };
      return reading.found ? { ...reading, ...versionOf(output) } : reading;
    } catch (error) {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return { found: false };
      throw error;
    }
  };

const textOf = (bytes: Uint8Array): SecretReading => {
  const reading = readUtf8(bytes);
  if (reading.ok) return { found: true, value: reading.text };
  return { found: false, fault: `not valid UTF-8 at ${reading.place}` };
};

const versionOf = ({ VersionId: id, CreatedDate: created }: GetSecretValueCommandOutput) =>
  id === undefined || created === undefined ? {} : { version: { id, createdAt: created.getTime() } };

let made: SecretsManagerClient | undefined;

// One client for all secrets, so that they share its connections. It is created only if a secret needs it.
const manager = (): SecretsManagerClient => {
  made ??= new SecretsManagerClient({
    ...lambdaSettings(),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000 },
  });
  return made;
};

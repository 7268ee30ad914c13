import {
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { randomAlphanumerics } from "../local/secrets.ts";
import type { KeysCommand } from "./command-line.ts";
import type { Outcome } from "./outcome.ts";

// The length that the deploy uses.
const KEY_LENGTH = 48;

/**
 * Stores a new random license key; the previous one stays valid for `graceMs`. Refused while the previous rotation's grace
 * lasts: the key before it, which operators may still use, would be refused at once.
 */
export const rotateLicenseKey = async (
  { secretId, graceMs, force }: KeysCommand & { do: "rotate-license-key" },
  client: SecretsManagerClient,
  now: EpochMs,
): Promise<Outcome> => {
  const { current, previous } = await labelled(client, secretId);
  const graceEnds = (current?.createdAt ?? 0) + graceMs;
  if (previous !== undefined && graceEnds > now && !force)
    return {
      ok: false,
      lines: [
        `The last rotation is not complete: the previous key is valid until ${formatTime(graceEnds)}. Run finish-license-key, or use --force.`,
      ],
    };
  await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: randomAlphanumerics(KEY_LENGTH) }));
  return {
    ok: true,
    lines: [
      "A new license key is stored. It is accepted within 60 seconds. To read it:",
      `  aws secretsmanager get-secret-value --secret-id ${secretId} --query SecretString --output text`,
      `The previous key is valid until ${formatTime(now + graceMs)}, or until finish-license-key.`,
    ],
  };
};

/** Refuses the previous license key from now on. */
export const finishLicenseKey = async (
  { secretId }: KeysCommand & { do: "finish-license-key" },
  client: SecretsManagerClient,
): Promise<Outcome> => {
  const { previous } = await labelled(client, secretId);
  if (previous === undefined) return { ok: true, lines: ["There is no previous key: nothing to finish."] };
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secretId,
      VersionStage: PREVIOUS,
      RemoveFromVersionId: previous.id,
    }),
  );
  return { ok: true, lines: ["The previous license key is refused within 60 seconds."] };
};

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

type Version = { id: string; createdAt: EpochMs | undefined };

// The list leaves out versions without a label, and a page has room for more than there are labels.
const labelled = async (client: SecretsManagerClient, secretId: string) => {
  const { Versions = [] } = await client.send(new ListSecretVersionIdsCommand({ SecretId: secretId }));
  const at = (stage: string): Version | undefined => {
    const { VersionId: id, CreatedDate } = Versions.find(({ VersionStages }) => VersionStages?.includes(stage)) ?? {};
    return id === undefined ? undefined : { id, createdAt: CreatedDate?.getTime() };
  };
  return { current: at(CURRENT), previous: at(PREVIOUS) };
};

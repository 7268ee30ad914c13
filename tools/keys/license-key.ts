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

// As the deploy makes them.
const KEY_LENGTH = 48;

/**
 * Puts a new random license key; the one before it is accepted while its grace lasts. Refused while the grace of the last
 * rotation lasts: the key before that, which operators may still have, would be locked out at once.
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
        `a rotation is under way: the key before is accepted until ${formatTime(graceEnds)}; finish it, or --force`,
      ],
    };
  await client.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: randomAlphanumerics(KEY_LENGTH) }));
  return {
    ok: true,
    lines: [
      "a new license key is put; it is accepted within 60 seconds. Read it with",
      `  aws secretsmanager get-secret-value --secret-id ${secretId} --query SecretString --output text`,
      `The key before it is accepted until ${formatTime(now + graceMs)}, or until finish-license-key.`,
    ],
  };
};

/** Ends the grace of the key before the current one. */
export const finishLicenseKey = async (
  { secretId }: KeysCommand & { do: "finish-license-key" },
  client: SecretsManagerClient,
): Promise<Outcome> => {
  const { previous } = await labelled(client, secretId);
  if (previous === undefined) return { ok: true, lines: ["there is no key before the current one: nothing to finish"] };
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secretId,
      VersionStage: PREVIOUS,
      RemoveFromVersionId: previous.id,
    }),
  );
  return { ok: true, lines: ["the license key before the current one is refused within 60 seconds"] };
};

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

type Version = { id: string; createdAt: EpochMs | undefined };

// Versions without a label are left out of the list; a page holds more than there are labels.
const labelled = async (client: SecretsManagerClient, secretId: string) => {
  const { Versions = [] } = await client.send(new ListSecretVersionIdsCommand({ SecretId: secretId }));
  const at = (stage: string): Version | undefined => {
    const { VersionId: id, CreatedDate } = Versions.find(({ VersionStages }) => VersionStages?.includes(stage)) ?? {};
    return id === undefined ? undefined : { id, createdAt: CreatedDate?.getTime() };
  };
  return { current: at(CURRENT), previous: at(PREVIOUS) };
};

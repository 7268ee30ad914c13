import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { deriveKey } from "../../shared/licensing/signing-keys.ts";
import { readSigningSecret, type SigningSeed, writeSigningSecret } from "../../shared/licensing/signing-secret.ts";
import { readUtf8, unreadable } from "../input/utf8.ts";
import { randomAlphanumerics, writeSecretFile } from "../local/secrets.ts";
import type { KeysCommand, Place } from "./command-line.ts";
import type { Outcome } from "./outcome.ts";
import { rotated } from "./rotation.ts";

const SEED_LENGTH = 64;

/** Rotates a signing key in its file or secret. The outcome lists each key by its public id, and until when it is used. */
export const rotateSigning = async (
  { purpose, place, tokenMs, force }: KeysCommand & { do: "rotate-signing" },
  client: () => SecretsManagerClient,
  now: EpochMs,
): Promise<Outcome> => {
  const secret = await readSecret(place, client);
  if (!secret.ok) return { ok: false, lines: [secret.fault] };
  const seeds = secret.text === undefined ? undefined : readSigningSecret(secret.text);
  if (seeds === undefined) return { ok: false, lines: ["This is not a signing secret. Nothing was changed."] };
  const rotation = rotated(seeds, randomAlphanumerics(SEED_LENGTH), { now, tokenMs, force });
  if (rotation.kind === "under way") {
    const from = formatTime(rotation.signsFrom);
    return {
      ok: false,
      lines: [`The last rotation is not complete: its key signs from ${from}. --force adds another.`],
    };
  }
  await writeSecret(place, writeSigningSecret(rotation.seeds), client);
  return { ok: true, lines: rotation.seeds.map((seed) => lineOf(seed, purpose)) };
};

const lineOf = ({ seed, signsFrom, verifiesUntil }: SigningSeed, purpose: string): string => {
  const { kid } = deriveKey(seed, purpose);
  if (verifiesUntil === undefined)
    return `new key ${kid}: published within 4 minutes, signs from ${formatTime(signsFrom ?? 0)}`;
  return `key ${kid}: verifies until ${formatTime(verifiesUntil)}`;
};

type Secret = { ok: true; text: string | undefined } | { ok: false; fault: string };

const readSecret = async (place: Place, client: () => SecretsManagerClient): Promise<Secret> => {
  if (place.kind === "secret") {
    const { SecretString: text } = await client().send(new GetSecretValueCommand({ SecretId: place.id }));
    return { ok: true, text };
  }
  try {
    return { ok: true, text: readUtf8(place.path) };
  } catch (error) {
    return { ok: false, fault: unreadable(place.path, error) };
  }
};

const writeSecret = async (place: Place, text: string, client: () => SecretsManagerClient): Promise<void> => {
  if (place.kind === "file") writeSecretFile(place.path, text);
  else await client().send(new PutSecretValueCommand({ SecretId: place.id, SecretString: text }));
};

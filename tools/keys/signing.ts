import { readFileSync } from "node:fs";
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import { deriveKey } from "../../shared/licensing/signing-keys.ts";
import { readSigningSecret, type SigningSeed, writeSigningSecret } from "../../shared/licensing/signing-secret.ts";
import { randomAlphanumerics, writeSecretFile } from "../local/secrets.ts";
import type { KeysCommand, Place } from "./command-line.ts";
import type { Outcome } from "./outcome.ts";
import { rotated } from "./rotation.ts";

const SEED_LENGTH = 64;

/** Rotates a signing key where its secret lies; tells what happens when, by the keys' public ids. */
export const rotateSigning = async (
  { purpose, place, tokenMs, force }: KeysCommand & { do: "rotate-signing" },
  client: () => SecretsManagerClient,
  now: EpochMs,
): Promise<Outcome> => {
  const text = await readText(place, client);
  const seeds = text === undefined ? undefined : readSigningSecret(text);
  if (seeds === undefined) return { ok: false, lines: ["that holds no signing secret: nothing is changed"] };
  const rotation = rotated(seeds, randomAlphanumerics(SEED_LENGTH), { now, tokenMs, force });
  if (rotation.kind === "under way")
    return {
      ok: false,
      lines: [`a rotation is under way: its key signs from ${formatTime(rotation.signsFrom)} on; --force adds another`],
    };
  await writeText(place, writeSigningSecret(rotation.seeds), client);
  return { ok: true, lines: rotation.seeds.map((seed) => told(seed, purpose)) };
};

const told = ({ seed, signsFrom, verifiesUntil }: SigningSeed, purpose: string): string => {
  const { kid } = deriveKey(seed, purpose);
  if (verifiesUntil === undefined)
    return `new key ${kid}: published within 60 seconds, signs from ${formatTime(signsFrom ?? 0)} on`;
  return `key ${kid}: verifies until ${formatTime(verifiesUntil)}`;
};

const readText = async (place: Place, client: () => SecretsManagerClient): Promise<string | undefined> =>
  place.kind === "file"
    ? readFileSync(place.path, "utf8")
    : (await client().send(new GetSecretValueCommand({ SecretId: place.id }))).SecretString;

const writeText = async (place: Place, text: string, client: () => SecretsManagerClient): Promise<void> => {
  if (place.kind === "file") writeSecretFile(place.path, text);
  else await client().send(new PutSecretValueCommand({ SecretId: place.id, SecretString: text }));
};

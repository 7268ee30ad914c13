import * as v from "valibot";
import { type EpochMs, formatTime, parseTime } from "../contract/time.ts";

/** A seed of a key, and when the key signs and verifies. Undefined: without a start or an end. */
export type SigningSeed = { seed: string; signsFrom: EpochMs | undefined; verifiesUntil: EpochMs | undefined };

const Seed = v.pipe(v.string(), v.minLength(43));
const Time = v.pipe(
  v.string(),
  v.check((text) => parseTime(text) !== undefined),
  v.transform((text) => parseTime(text) ?? Number.NaN),
);
const Entry = v.object({ seed: Seed, signs_from: v.optional(Time), verifies_until: v.optional(Time) });

// A deployment creates 64 random characters. After the first rotation, it is a list.
const SecretBody = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([v.object({ keys: v.pipe(v.array(Entry), v.minLength(1)) }), v.object({ seed: Seed })]),
);

/**
 * The seeds in a signing secret: `{"seed": "…"}`, or `{"keys": [{"seed", "signs_from"?, "verifies_until"?}]}` with times in
 * RFC 3339. Undefined for other content.
 */
export const readSigningSecret = (text: string): SigningSeed[] | undefined => {
  const body = v.safeParse(SecretBody, text);
  if (!body.success) return undefined;
  const entries: v.InferOutput<typeof Entry>[] = "keys" in body.output ? body.output.keys : [body.output];
  return entries.map(({ seed, signs_from, verifies_until }) => ({
    seed,
    signsFrom: signs_from,
    verifiesUntil: verifies_until,
  }));
};

/** The text of a signing secret with these seeds. */
export const writeSigningSecret = (seeds: readonly SigningSeed[]): string =>
  JSON.stringify({
    keys: seeds.map(({ seed, signsFrom, verifiesUntil }) => ({
      seed,
      ...(signsFrom === undefined ? {} : { signs_from: formatTime(signsFrom) }),
      ...(verifiesUntil === undefined ? {} : { verifies_until: formatTime(verifiesUntil) }),
    })),
  });

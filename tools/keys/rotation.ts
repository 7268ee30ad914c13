import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from "../../shared/contract/time.ts";
import type { SigningSeed } from "../../shared/licensing/signing-secret.ts";

/** How long a new key is published before it signs: longer than any copy of the secret or of the key set is used. */
const AHEAD_MS = 5 * MINUTE_MS;
/** For so long a function that cannot reach the secret goes on with its copy, and so signs with the key before. */
const LAST_COPY_MS = HOUR_MS;
/** How long after its end a key is dropped from the secret. */
const KEPT_MS = DAY_MS;

export type Rotation =
  | { kind: "rotated"; seeds: SigningSeed[]; dropped: number }
  /** The newest key does not sign yet. */
  | { kind: "under way"; signsFrom: EpochMs };

/**
 * Adds a seed whose key signs soon, and bounds the time that the keys before it verify: until the last token that they can
 * have signed has expired. A bound that they have already stays. Keys whose time is long over are dropped.
 */
export const rotated = (
  seeds: readonly SigningSeed[],
  seed: string,
  { now, tokenMs, force }: { now: EpochMs; tokenMs: number; force: boolean },
): Rotation => {
  const waiting = seeds.find(({ signsFrom }) => signsFrom !== undefined && signsFrom > now);
  if (waiting?.signsFrom !== undefined && !force) return { kind: "under way", signsFrom: waiting.signsFrom };
  const signsFrom = now + AHEAD_MS;
  const lastUse = signsFrom + LAST_COPY_MS + tokenMs;
  const kept = seeds
    .filter(({ verifiesUntil }) => verifiesUntil === undefined || verifiesUntil + KEPT_MS > now)
    .map((old) => ({ ...old, verifiesUntil: old.verifiesUntil ?? lastUse }));
  return {
    kind: "rotated",
    seeds: [...kept, { seed, signsFrom, verifiesUntil: undefined }],
    dropped: seeds.length - kept.length,
  };
};

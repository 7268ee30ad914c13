import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from "../../shared/contract/time.ts";
import type { SigningSeed } from "../../shared/licensing/signing-secret.ts";

/** How long a new key is published before it signs: longer than any copy of the secret or of the key set is kept. */
const AHEAD_MS = 5 * MINUTE_MS;
/** How long a function that cannot reach the secret uses its copy, and so signs with the previous key. */
const LAST_COPY_MS = HOUR_MS;
/** How long an ended key stays in the secret. */
const KEPT_MS = DAY_MS;

export type Rotation =
  | { kind: "rotated"; seeds: SigningSeed[]; dropped: number }
  /** The newest key does not sign yet. */
  | { kind: "under way"; signsFrom: EpochMs };

/**
 * Adds a seed whose key signs soon. Older keys get an end, if they have none yet: when the last token that they can have
 * signed has expired. Keys that ended long ago are dropped.
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

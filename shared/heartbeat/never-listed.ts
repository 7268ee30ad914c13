import { digestOf, type LiveDigest, sameDigest } from "../operators/live-set.ts";

/**
 * Which of the live sessions that a list leaves out were never listed: those that are not in the operator's digest. A
 * function that is killed between a session's write and the digest's leaves one out, and the first list that has it adds it.
 * `listed` are the listed sessions that were live here before. The digest shows if one of those left out is missing in it, or
 * all of them are; of two or more that are missing it shows nothing.
 */
export const neverListed = (
  digest: LiveDigest,
  listed: Iterable<string>,
  leftOut: readonly string[],
): ReadonlySet<string> => {
  const ofListed = digestOf(listed);
  if (sameDigest(digest, ofListed)) return new Set(leftOut);
  const ofLeftOut = digestOf(leftOut);
  const missing = {
    count: ofListed.count + ofLeftOut.count - digest.count,
    sum: ofListed.sum + ofLeftOut.sum - digest.sum,
  };
  return new Set(missing.count === 1 ? leftOut.filter((id) => sameDigest(digestOf([id]), missing)) : []);
};

import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";

/** `unknown`: one of the two is not a semantic version. */
export type VersionVerdict = "new enough" | "too old" | "unknown";

/** Compares an operator's version with a license's minimum by Semantic Versioning 2.0 (section 11). */
export const judgeVersion = (version: string, minimum: string): VersionVerdict => {
  const [given, least] = [parse(version), parse(minimum)];
  if (given === null || least === null) return "unknown";
  return compare(given, least) < 0 ? "too old" : "new enough";
};

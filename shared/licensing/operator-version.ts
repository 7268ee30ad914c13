import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";

/** `untold`: one of the two is no semantic version, so that nobody can say. */
export type VersionVerdict = "new enough" | "too old" | "untold";

/** Holds an operator's version against a license's minimum, in the order of Semantic Versioning 2.0 (section 11). */
export const judgeVersion = (version: string, minimum: string): VersionVerdict => {
  const [given, least] = [parse(version), parse(minimum)];
  if (given === null || least === null) return "untold";
  return compare(given, least) < 0 ? "too old" : "new enough";
};

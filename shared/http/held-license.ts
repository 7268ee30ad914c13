import type { LicenseFile } from "../licensing/license-file.ts";
import type { LicenseSource } from "../licensing/license-source.ts";
import { ApiProblem } from "./problem.ts";

/** The license, or the 503 that says why there is none. */
export const heldLicense = async (source: LicenseSource): Promise<LicenseFile> => {
  const holding = await source();
  switch (holding.kind) {
    case "held":
      return holding.license;
    case "missing":
      throw new ApiProblem("LicenseMissing", "no license has been put on this server yet");
    case "invalid":
      throw new ApiProblem("LicenseInvalid", "the license on this server is not valid; its log says why");
  }
};

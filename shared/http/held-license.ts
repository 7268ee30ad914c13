import type { LicenseFile } from "../licensing/license-file.ts";
import type { LicenseSource } from "../licensing/license-source.ts";
import { ApiProblem } from "./problem.ts";

/** The license. Throws a 503 that says why there is none. */
export const heldLicense = async (source: LicenseSource): Promise<LicenseFile> => {
  const holding = await source();
  switch (holding.kind) {
    case "held":
      return holding.license;
    case "missing":
      throw new ApiProblem("LicenseMissing", "No license on this server yet. Put one with license-server license put");
    case "invalid":
      throw new ApiProblem(
        "LicenseInvalid",
        "The license on this server is not valid. The server's log has the reason",
      );
  }
};

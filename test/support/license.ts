import { DAY_MS } from "../../shared/contract/time.ts";
import { mintLicense, mintTerms } from "../../tools/mint/mint.ts";

/** The moment at which most tests begin. */
export const START = Date.parse("2026-11-10T12:00:00Z");

export type Validity = { notBefore?: number; notAfter?: number };

/** A license file with these terms: issued five days before most tests begin, for a year. */
export const testLicense = async (terms: Record<string, unknown>, validity: Validity = {}): Promise<string> => {
  const { pem } = await mintLicense({
    organization: "Acme",
    terms: mintTerms(terms),
    notBefore: validity.notBefore ?? START - 5 * DAY_MS,
    notAfter: validity.notAfter ?? START + 360 * DAY_MS,
    serialNumber: "01",
  });
  return pem;
};

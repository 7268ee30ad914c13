import type { LicenseTerms } from "./license-terms.ts";

/**
 * Whether seats may be claimed beyond `max_seats`. The deployment's own setting wins; without one an enterprise license
 * allows it, and any other, a type we do not know included, is strict.
 */
export const allowsOverage = (terms: Pick<LicenseTerms, "type">, configured: boolean | undefined): boolean =>
  configured ?? terms.type === "enterprise";

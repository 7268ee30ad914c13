import type { LicenseTerms } from "./license-terms.ts";

/**
 * Whether seats may be claimed beyond `max_seats`. The deployment's setting decides. Without one, an enterprise license
 * allows it, and every other type is strict.
 */
export const allowsOverage = (terms: Pick<LicenseTerms, "type">, configured: boolean | undefined): boolean =>
  configured ?? terms.type === "enterprise";

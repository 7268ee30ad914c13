import { X509Certificate } from "node:crypto";

/** The most certificates that a trust anchor may consist of. */
const MAX_CERTIFICATES = 10;

/**
 * What is wrong with a text that should be the trust anchor: one or more certificates of authorities in PEM, and no
 * private key. Undefined where nothing is; the answer repeats nothing of the text.
 */
export const trustAnchorFault = (pem: string): string | undefined => {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(pem)) return "must not contain a private key";
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const begun = pem.split("-----BEGIN CERTIFICATE-----").length - 1;
  if (certificates.length === 0 || certificates.length < begun) return "must be certificates in PEM";
  if (certificates.length > MAX_CERTIFICATES) return `must be at most ${MAX_CERTIFICATES} certificates`;
  return certificates.every(isAuthority) ? undefined : "must be certificates of authorities (CA:TRUE)";
};

const isAuthority = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).ca;
  } catch {
    return false;
  }
};

import { X509Certificate } from "node:crypto";

/** The maximum number of certificates in a trust anchor. */
const MAX_CERTIFICATES = 10;

/**
 * The fault of a trust anchor, which must be one or more certificates of authorities in PEM, without a private key.
 * Undefined if there is none. The fault does not quote the text.
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

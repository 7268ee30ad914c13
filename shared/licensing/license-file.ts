import { createHash } from "node:crypto";
import type { EpochMs } from "../contract/time.ts";
import { type Certificate, readCertificate } from "./certificate.ts";
import { type LicenseTerms, readLicenseTerms, type TermsReading } from "./license-terms.ts";

export type { LicenseTerms } from "./license-terms.ts";

/** A license as its PEM file states it. `pem` is the whole text, verbatim, and a secret. */
export type LicenseFile = {
  pem: string;
  /** SHA-256 of the certificate's DER, in base64 without padding. */
  fingerprint: string;
  name: string;
  organization: string;
  issuedAt: EpochMs;
  /** The first moment at which the license is no longer valid. */
  expiresAt: EpochMs;
  terms: LicenseTerms;
};

export type LicenseReading = { ok: true; license: LicenseFile } | { ok: false; reason: string };

/**
 * Reads a license file: the first `CERTIFICATE` block of a PEM text and the terms inside it. Never throws; `reason` names
 * every fault found and quotes nothing of the file. The signature is not verified, and whether the license is in force is
 * for `licenseStatus` to say.
 */
export const readLicenseFile = (pem: string): LicenseReading => {
  const reading = readCertificate(pem);
  if (!reading.ok) return reading;
  const { commonName, organization, notBefore, notAfter, der } = reading.certificate;
  const terms = readTerms(reading.certificate);
  const faults = [...certificateFaults(reading.certificate), ...(terms.ok ? [] : terms.faults)];
  if (
    !commonName ||
    !organization ||
    notBefore === undefined ||
    notAfter === undefined ||
    !terms.ok ||
    faults.length > 0
  )
    return { ok: false, reason: faults.join("; ") };
  return {
    ok: true,
    license: {
      pem,
      fingerprint: createHash("sha256").update(der).digest("base64").replace(/=+$/, ""),
      name: commonName,
      organization,
      issuedAt: notBefore,
      expiresAt: notAfter,
      terms: terms.terms,
    },
  };
};

// Its content octets are the ASCII of `/metalbear/license/info`.
const TERMS_OID = "1.7.109.101.116.97.108.98.101.97.114.47.108.105.99.101.110.115.101.47.105.110.102.111";

const readTerms = ({ extensions }: Certificate): TermsReading => {
  const [extension, second] = extensions.filter(({ oid }) => oid === TERMS_OID);
  if (extension === undefined) return { ok: false, faults: ["the certificate carries no license terms"] };
  // RFC 5280 (4.2) allows an extension once; with two there is no telling which terms hold.
  if (second !== undefined) return { ok: false, faults: ["the certificate carries license terms twice"] };
  return readLicenseTerms(extension.value);
};

const certificateFaults = ({ commonName, organization, notBefore, notAfter }: Certificate): string[] => [
  ...(commonName ? [] : ["the subject has no common name"]),
  ...(organization ? [] : ["the subject has no organization"]),
  ...(notBefore === undefined ? ["notBefore is not a time"] : []),
  ...(notAfter === undefined ? ["notAfter is not a time"] : []),
  ...(notBefore !== undefined && notAfter !== undefined && notAfter <= notBefore ? ["it ends before it begins"] : []),
];

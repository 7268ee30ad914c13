import { createHash } from "node:crypto";
import type { EpochMs } from "../contract/time.ts";
import { type Certificate, type NameReading, readCertificate } from "./certificate.ts";
import { type LicenseTerms, readLicenseTerms, TERMS_OID, type TermsReading } from "./license-terms.ts";
import { type TrustAnchors, verifyTrust } from "./trust.ts";

export type { LicenseTerms } from "./license-terms.ts";

/** A license, as its PEM file has it. `pem` is the whole text, verbatim; it is secret. */
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
  /** When the first issuer of a verified license expires. Absent if the signature was not verified. */
  trustedUntil?: EpochMs;
};

/** The authorities that a license must come from, and the moment of the check. */
export type Trust = { anchors: TrustAnchors; now: EpochMs };

export type LicenseReading = { ok: true; license: LicenseFile } | { ok: false; reason: string };

/**
 * Reads a license file: the first `CERTIFICATE` block of a PEM text, and the terms in it. Never throws. `reason` names every
 * fault and does not quote the file. The signature is verified only with trust anchors. `licenseStatus` says whether the
 * license is in force.
 */
export const readLicenseFile = (pem: string, trust?: Trust): LicenseReading => {
  const reading = parseLicenseFile(pem);
  if (trust === undefined || !reading.ok) return reading;
  const verified = verifyTrust(pem, trust.anchors, trust.now);
  return verified.ok ? { ok: true, license: { ...reading.license, trustedUntil: verified.until } } : verified;
};

const parseLicenseFile = (pem: string): LicenseReading => {
  const reading = readCertificate(pem);
  if (!reading.ok) return reading;
  const { commonName, organization, notBefore, notAfter, der } = reading.certificate;
  const terms = readTerms(reading.certificate);
  const faults = [...certificateFaults(reading.certificate), ...(terms.ok ? [] : terms.faults)];
  if (
    !isName(commonName) ||
    !isName(organization) ||
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
      name: commonName.text,
      organization: organization.text,
      issuedAt: notBefore,
      expiresAt: notAfter,
      terms: terms.terms,
    },
  };
};

const readTerms = ({ extensions }: Certificate): TermsReading => {
  const [extension, second] = extensions.filter(({ oid }) => oid === TERMS_OID);
  if (extension === undefined) return { ok: false, faults: ["the certificate has no license terms"] };
  // RFC 5280 (4.2) allows an extension once. With two, it is unclear which terms are valid.
  if (second !== undefined) return { ok: false, faults: ["the certificate has license terms twice"] };
  return readLicenseTerms(extension.value);
};

const isName = (name: NameReading): name is { text: string } => typeof name === "object" && name.text !== "";

const nameFaults = (what: string, name: NameReading): string[] => {
  if (name === "damaged") return [`the subject's ${what} is not valid UTF-8`];
  return isName(name) ? [] : [`the subject has no ${what}`];
};

const certificateFaults = ({ commonName, organization, notBefore, notAfter }: Certificate): string[] => [
  ...nameFaults("common name", commonName),
  ...nameFaults("organization", organization),
  ...(notBefore === undefined ? ["notBefore is not a time"] : []),
  ...(notAfter === undefined ? ["notAfter is not a time"] : []),
  ...(notBefore !== undefined && notAfter !== undefined && notAfter <= notBefore ? ["it ends before it begins"] : []),
];

import { Boolean as Asn1Boolean, BitString, Integer, Sequence } from "asn1js";
import type { EpochMs } from "../contract/time.ts";
import type { Certificate } from "./certificate.ts";
import { children, decodeDer } from "./der.ts";
import { TERMS_OID } from "./license-terms.ts";

/**
 * Why a certificate may not issue others at a moment, with this number of issuers in between (RFC 5280, section 6.1.4).
 * Undefined if it may.
 */
export const issuerFault = (certificate: Certificate, issuersBelow: number, now: EpochMs): string | undefined => {
  const { notBefore, notAfter } = certificate;
  // A license file may contain the license's private key. If that key could issue, every customer could make licenses.
  if (certificate.extensions.some(({ oid }) => oid === TERMS_OID)) return "is a license, which cannot issue licenses";
  const unknown = criticalFault(certificate, []);
  if (unknown !== undefined) return unknown;
  const constraints = basicConstraints(certificate);
  if (!constraints.ca || !mayCertify(certificate)) return "is not a certificate authority";
  if (issuersBelow > constraints.pathLength) return "does not allow this many issuers below it";
  if (notBefore === undefined || now < notBefore) return "is not valid yet";
  return notAfter === undefined || now >= notAfter ? "has expired" : undefined;
};

/** Why a certificate's extensions forbid its use: a critical one is unknown, or one is there twice. Undefined if none does. */
export const criticalFault = ({ extensions }: Certificate, known: readonly string[]): string | undefined => {
  const oids = extensions.map(({ oid }) => oid);
  // RFC 5280 (4.2) allows an extension once. With two, it is unclear which is valid.
  if (new Set(oids).size < oids.length) return "has an extension twice";
  const understood = new Set<string | undefined>([BASIC_CONSTRAINTS, KEY_USAGE, ...known]);
  return extensions.some(({ oid, critical }) => critical && !understood.has(oid))
    ? "has an unknown critical extension"
    : undefined;
};

const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
/** Bit 5 of KeyUsage, counted from the highest of the first byte (RFC 5280, section 4.2.1.3). */
const KEY_CERT_SIGN = 0x80 >> 5;

const extensionValue = ({ extensions }: Certificate, oid: string) => {
  const found = extensions.find((extension) => extension.oid === oid);
  return found && decodeDer(found.value);
};

const basicConstraints = (certificate: Certificate): { ca: boolean; pathLength: number } => {
  const value = extensionValue(certificate, BASIC_CONSTRAINTS);
  const [ca, length, ...more] = value instanceof Sequence ? children(value) : [];
  const readable =
    ca instanceof Asn1Boolean && (length === undefined || length instanceof Integer) && more.length === 0;
  if (!readable) return { ca: false, pathLength: 0 };
  return { ca: ca.getValue(), pathLength: length === undefined ? Number.POSITIVE_INFINITY : Number(length.toBigInt()) };
};

// If the extension is absent, every use is allowed.
const mayCertify = (certificate: Certificate): boolean => {
  if (!certificate.extensions.some(({ oid }) => oid === KEY_USAGE)) return true;
  const value = extensionValue(certificate, KEY_USAGE);
  return value instanceof BitString && ((value.valueBlock.valueHexView[0] ?? 0) & KEY_CERT_SIGN) !== 0;
};

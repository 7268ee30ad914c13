import { type EpochMs, parseTime } from "../contract/time.ts";
import { type Asn1, bitsOf, booleanOf, decodeDer, hasTag, isNumbered, oidOf, TAGS, textOf } from "./der.ts";
import { certificateBlocks, type PemBlock } from "./pem.ts";

/** The parts of a certificate that licenses and issuers are checked by. A part that cannot be read is undefined. */
export type Certificate = {
  der: Uint8Array;
  commonName: NameReading;
  organization: NameReading;
  notBefore: EpochMs | undefined;
  notAfter: EpochMs | undefined;
  extensions: Extension[];
  /** The encoded names of issuer and subject, and the encoded key with the certificate's label. */
  issuer: Uint8Array;
  subject: Uint8Array;
  publicKeyInfo: Uint8Array;
  signed: Signed;
};

/** A name of the subject; "damaged" is one that says it is UTF-8 and is not. */
export type NameReading = { text: string } | "damaged" | undefined;

export type Extension = { oid: string | undefined; critical: boolean; value: Uint8Array };

/** A certificate's signature, and the exact bytes that it signs (RFC 5280, section 4.1.1). */
export type Signed = {
  tbs: Uint8Array;
  /** The AlgorithmIdentifier in the signed bytes, and the one beside the signature. They must be equal. */
  algorithms: readonly [Uint8Array, Uint8Array];
  algorithmOid: string | undefined;
  /** Undefined if it is not a sequence of whole bytes. */
  signature: Uint8Array | undefined;
};

export type CertificateReading = { ok: true; certificate: Certificate } | { ok: false; reason: string };

/**
 * Reads the first `CERTIFICATE` block of a PEM text (RFC 7468). Other text is ignored. The public key is not read: license
 * files label an Ed25519 key as X25519. The signature is not verified. A reason does not quote the text.
 */
export const readCertificate = (pem: string): CertificateReading =>
  readCertificates(pem, 1)[0] ?? { ok: false, reason: "there is no CERTIFICATE block" };

/** Reads the first `limit` `CERTIFICATE` blocks of a PEM text, in their order. */
export const readCertificates = (pem: string, limit: number): CertificateReading[] =>
  certificateBlocks(pem, limit).map(readBlock);

const readBlock = (block: PemBlock): CertificateReading => {
  if (!block.ok) return { ok: false, reason: `the CERTIFICATE block ${block.reason}` };
  const root = decodeDer(block.der);
  if (root === undefined) return NOT_DER;
  const [tbs, algorithm, signature, ...more] = partsOf(root);
  const fields = partsOf(tbs);
  // The version comes first if it is not the default.
  const [, innerAlgorithm, issuer, validity, subject, key, ...rest] = isNumbered(fields[0], 0)
    ? fields.slice(1)
    : fields;
  const parts = [tbs, algorithm, innerAlgorithm, issuer, validity, subject, key];
  const bits = bitsOf(signature);
  if (!(parts.every((part) => hasTag(part, TAGS.sequence)) && bits !== undefined && more.length === 0))
    return { ok: false, reason: "the CERTIFICATE block is not an X.509 certificate" };
  const [notBefore, notAfter] = partsOf(validity);
  return {
    ok: true,
    certificate: {
      der: block.der,
      commonName: nameAttribute(subject, COMMON_NAME),
      organization: nameAttribute(subject, ORGANIZATION),
      notBefore: time(notBefore),
      notAfter: time(notAfter),
      extensions: partsOf(rest.find((field) => isNumbered(field, EXTENSIONS))?.children[0]).map(extension),
      issuer: bytesOf(issuer),
      subject: bytesOf(subject),
      publicKeyInfo: bytesOf(key),
      signed: {
        tbs: bytesOf(tbs),
        algorithms: [bytesOf(innerAlgorithm), bytesOf(algorithm)],
        algorithmOid: oidOf(partsOf(algorithm)[0]),
        signature: bits.unused === 0 ? bits.bytes : undefined,
      },
    },
  };
};

const NOT_DER = { ok: false, reason: "the CERTIFICATE block is not well-formed DER" } as const;
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
/** The number of the extensions in a certificate. */
const EXTENSIONS = 3;

const partsOf = (value: Asn1 | undefined): readonly Asn1[] => (hasTag(value, TAGS.sequence) ? value.children : []);

const bytesOf = (value: Asn1 | undefined): Uint8Array => value?.encoded ?? new Uint8Array();

const nameAttribute = (name: Asn1 | undefined, oid: string): NameReading => {
  const attributes = partsOf(name).flatMap((set) => (hasTag(set, TAGS.set) ? set.children : []).map(partsOf));
  return textOf(attributes.find(([type]) => oidOf(type) === oid)?.[1]);
};

// An extension that cannot be read may be critical.
const extension = (block: Asn1): Extension => {
  const [id, ...rest] = partsOf(block);
  const [value, critical] = rest.reverse();
  if (!hasTag(value, TAGS.octetString)) return { oid: undefined, critical: true, value: new Uint8Array() };
  return { oid: oidOf(id), critical: isCritical(critical), value: value.content };
};

const isCritical = (flag: Asn1 | undefined): boolean => flag !== undefined && booleanOf(flag) !== false;

// The two forms that RFC 5280 (4.1.2.5) allows.
const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

const time = (block: Asn1 | undefined): EpochMs | undefined => {
  const isGeneralized = hasTag(block, TAGS.generalizedTime);
  if (block === undefined || !(isGeneralized || hasTag(block, TAGS.utcTime))) return undefined;
  const yearDigits = isGeneralized ? 4 : 2;
  const match = TIME.exec(Buffer.from(block.content).toString("latin1"));
  const [, digits = "", month, day, hour, minute, second] = match ?? [];
  if (digits.length !== yearDigits) return undefined;
  const year = yearDigits === 4 ? digits : `${Number(digits) < 50 ? "20" : "19"}${digits}`;
  return parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

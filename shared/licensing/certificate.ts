import { Boolean as Asn1Boolean, BaseStringBlock, BitString, OctetString, Sequence, UTCTime, Utf8String } from "asn1js";
import { type EpochMs, parseTime } from "../contract/time.ts";
import { readUtf8 } from "../contract/utf8.ts";
import { type Asn1, bytesOf, children, decodeDer, isContext, isSequenceOf, oidOf } from "./der.ts";
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
  const [tbs, algorithm, signature, ...more] = root instanceof Sequence ? children(root) : [];
  const fields = tbs instanceof Sequence ? children(tbs) : [];
  // The version comes first if it is not the default.
  const [, innerAlgorithm, issuer, validity, subject, key, ...rest] = isContext(fields[0], 0)
    ? fields.slice(1)
    : fields;
  const parts = [tbs, algorithm, innerAlgorithm, issuer, validity, subject, key];
  if (!(parts.every((part) => part instanceof Sequence) && signature instanceof BitString && more.length === 0))
    return { ok: false, reason: "the CERTIFICATE block is not an X.509 certificate" };
  if (!isSequenceOf(block.der, [tbs, algorithm, signature])) return NOT_DER;
  const [notBefore, notAfter] = children(validity);
  return {
    ok: true,
    certificate: {
      der: block.der,
      commonName: nameAttribute(subject, COMMON_NAME),
      organization: nameAttribute(subject, ORGANIZATION),
      notBefore: time(notBefore),
      notAfter: time(notAfter),
      extensions: children(children(rest.find((field) => isContext(field, 3)))[0]).map(extension),
      issuer: bytesOf(issuer),
      subject: bytesOf(subject),
      publicKeyInfo: bytesOf(key),
      signed: {
        tbs: bytesOf(tbs),
        algorithms: [bytesOf(innerAlgorithm), bytesOf(algorithm)],
        algorithmOid: oidOf(children(algorithm)[0]),
        signature: wholeBytes(signature),
      },
    },
  };
};

const NOT_DER = { ok: false, reason: "the CERTIFICATE block is not well-formed DER" } as const;
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
const GENERALIZED_TIME_TAG = 24;

const wholeBytes = (bits: BitString): Uint8Array | undefined =>
  bits.idBlock.isConstructed || bits.valueBlock.unusedBits !== 0 ? undefined : bits.valueBlock.valueHexView;

const nameAttribute = (name: Asn1 | undefined, oid: string): NameReading => {
  const attributes = children(name).flatMap(children).map(children);
  const value = attributes.find(([type]) => oidOf(type) === oid)?.[1];
  if (!(value instanceof BaseStringBlock)) return undefined;
  // asn1js reads what is not UTF-8 as Latin-1.
  if (value instanceof Utf8String && !readUtf8(value.valueBlock.valueHexView).ok) return "damaged";
  return { text: value.getValue() };
};

// An extension that cannot be read may be critical.
const extension = (block: Asn1): Extension => {
  const [id, ...rest] = children(block);
  const [value, critical] = rest.reverse();
  if (!(value instanceof OctetString)) return { oid: undefined, critical: true, value: new Uint8Array() };
  return { oid: oidOf(id), critical: isCritical(critical), value: value.valueBlock.valueHexView };
};

const isCritical = (flag: Asn1 | undefined): boolean =>
  flag !== undefined && !(flag instanceof Asn1Boolean && !flag.getValue());

// The two forms that RFC 5280 (4.1.2.5) allows. asn1js also accepts others, so only the octets are read.
const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

const time = (block: Asn1 | undefined): EpochMs | undefined => {
  if (!(block instanceof UTCTime)) return undefined;
  const yearDigits = block.idBlock.tagNumber === GENERALIZED_TIME_TAG ? 4 : 2;
  const match = TIME.exec(Buffer.from(block.valueBlock.valueHexView).toString("latin1"));
  const [, digits = "", month, day, hour, minute, second] = match ?? [];
  if (digits.length !== yearDigits) return undefined;
  const year = yearDigits === 4 ? digits : `${Number(digits) < 50 ? "20" : "19"}${digits}`;
  return parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

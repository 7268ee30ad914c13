import { BaseStringBlock, Constructed, fromBER, ObjectIdentifier, OctetString, UTCTime } from "asn1js";
import { type EpochMs, parseTime } from "../contract/time.ts";

/** What a license needs of its certificate. What is undefined stands in the certificate in no readable form. */
export type Certificate = {
  der: Uint8Array;
  commonName: string | undefined;
  organization: string | undefined;
  notBefore: EpochMs | undefined;
  notAfter: EpochMs | undefined;
  extensions: { oid: string; value: Uint8Array }[];
};

export type CertificateReading = { ok: true; certificate: Certificate } | { ok: false; reason: string };

/**
 * Reads the first `CERTIFICATE` block of a PEM text (RFC 7468), whatever stands around it. The public key is left alone:
 * license files label an Ed25519 key as X25519. The signature is not verified. A reason quotes nothing of the text.
 */
export const readCertificate = (pem: string): CertificateReading => {
  const block = firstBlock(pem);
  if (!block.ok) return block;
  const root = decode(block.der);
  if (root === undefined) return { ok: false, reason: "the CERTIFICATE block is not well-formed DER" };
  const fields = children(children(root)[0]);
  // The version comes first where it is not the default.
  const [, , , validity, subject, ...rest] = isContext(fields[0], 0) ? fields.slice(1) : fields;
  if (!(validity instanceof Constructed && subject instanceof Constructed && children(root).length === 3))
    return { ok: false, reason: "the CERTIFICATE block holds no X.509 certificate" };
  const [notBefore, notAfter] = children(validity);
  return {
    ok: true,
    certificate: {
      der: block.der,
      commonName: nameAttribute(subject, COMMON_NAME),
      organization: nameAttribute(subject, ORGANIZATION),
      notBefore: time(notBefore),
      notAfter: time(notAfter),
      extensions: children(children(rest.find((field) => isContext(field, 3)))[0]).flatMap(extension),
    },
  };
};

const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
const BASE64 = /^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const COMMON_NAME = "2.5.4.3";
const ORGANIZATION = "2.5.4.10";
const CONTEXT_CLASS = 3;
const GENERALIZED_TIME_TAG = 24;

type Block = Constructed["valueBlock"]["value"][number];

const firstBlock = (pem: string): { ok: true; der: Uint8Array } | { ok: false; reason: string } => {
  const begin = pem.indexOf(BEGIN);
  if (begin === -1) return { ok: false, reason: "there is no CERTIFICATE block" };
  const end = pem.indexOf(END, begin);
  if (end === -1) return { ok: false, reason: "the CERTIFICATE block has no end" };
  const base64 = pem.slice(begin + BEGIN.length, end).replace(/\s+/g, "");
  if (!BASE64.test(base64)) return { ok: false, reason: "the CERTIFICATE block is not base64" };
  return { ok: true, der: new Uint8Array(Buffer.from(base64, "base64")) };
};

const decode = (der: Uint8Array): Block | undefined => {
  try {
    // The terms are JSON and the signature is noise: neither is to be tried as ASN.1.
    const { offset, result } = fromBER(der, { parseEmbedded: false });
    return offset === der.byteLength ? result : undefined;
  } catch {
    // asn1js answers most malformed input, but throws on some, such as times.
    return undefined;
  }
};

const children = (block: Block | undefined): Block[] => (block instanceof Constructed ? block.valueBlock.value : []);

const isContext = (block: Block | undefined, tag: number): boolean =>
  block?.idBlock.tagClass === CONTEXT_CLASS && block.idBlock.tagNumber === tag;

const nameAttribute = (name: Block, oid: string): string | undefined => {
  const attributes = children(name).flatMap(children).map(children);
  const value = attributes.find(([type]) => oidOf(type) === oid)?.[1];
  return value instanceof BaseStringBlock ? value.getValue() : undefined;
};

const oidOf = (block: Block | undefined): string | undefined =>
  block instanceof ObjectIdentifier ? block.getValue() : undefined;

const extension = (block: Block): { oid: string; value: Uint8Array }[] => {
  const parts = children(block);
  const oid = oidOf(parts[0]);
  // Between the two there may be `critical`.
  const value = parts.at(-1);
  if (oid === undefined || !(value instanceof OctetString)) return [];
  return [{ oid, value: value.valueBlock.valueHexView }];
};

// The two forms that RFC 5280 (4.1.2.5) allows. asn1js reads more into a time than stands there, so only its octets count.
const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

const time = (block: Block | undefined): EpochMs | undefined => {
  if (!(block instanceof UTCTime)) return undefined;
  const yearDigits = block.idBlock.tagNumber === GENERALIZED_TIME_TAG ? 4 : 2;
  const match = TIME.exec(Buffer.from(block.valueBlock.valueHexView).toString("latin1"));
  const [, digits = "", month, day, hour, minute, second] = match ?? [];
  if (digits.length !== yearDigits) return undefined;
  const year = yearDigits === 4 ? digits : `${Number(digits) < 50 ? "20" : "19"}${digits}`;
  return parseTime(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

import { Constructed, fromBER, ObjectIdentifier } from "asn1js";

/** One ASN.1 value. */
export type Asn1 = Constructed["valueBlock"]["value"][number];

/** The ASN.1 value that all these bytes encode. Undefined if they do not encode one. */
export const decodeDer = (der: Uint8Array): Asn1 | undefined => {
  try {
    // The terms are JSON and the signature is random: neither must be decoded as ASN.1.
    const { offset, result } = fromBER(der, { parseEmbedded: false });
    return offset === der.byteLength ? result : undefined;
  } catch {
    // asn1js returns an error for most malformed input, and throws for some, such as times.
    return undefined;
  }
};

export const children = (block: Asn1 | undefined): Asn1[] =>
  block instanceof Constructed ? block.valueBlock.value : [];

export const isContext = (block: Asn1 | undefined, tag: number): boolean =>
  block?.idBlock.tagClass === CONTEXT_CLASS && block.idBlock.tagNumber === tag;

export const oidOf = (block: Asn1 | undefined): string | undefined =>
  block instanceof ObjectIdentifier ? block.getValue() : undefined;

/** The bytes of a value in the decoded text, with its tag and length. */
export const bytesOf = (block: Asn1 | undefined): Uint8Array => block?.valueBeforeDecodeView ?? new Uint8Array();

/**
 * Whether these bytes are exactly the DER of a SEQUENCE of these values. The decoder is more lenient: with two encodings
 * of one value, bytes outside the signed part could be changed.
 */
export const isSequenceOf = (der: Uint8Array, values: readonly (Asn1 | undefined)[]): boolean => {
  const content = Buffer.concat(values.map(bytesOf));
  return Buffer.concat([sequenceHeader(content.length), content]).equals(der);
};

const CONTEXT_CLASS = 3;
const SEQUENCE = 0x30;

// X.690, section 8.1.3: before a length of 128 or more comes its number of bytes.
const sequenceHeader = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([SEQUENCE, length]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([SEQUENCE, 0x80 | bytes.length]), bytes]);
};

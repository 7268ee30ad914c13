import { Constructed, fromBER, ObjectIdentifier } from "asn1js";

/** One ASN.1 value. */
export type Asn1 = Constructed["valueBlock"]["value"][number];

/** The one ASN.1 value that these bytes are, to the last of them; undefined where they are none. */
export const decodeDer = (der: Uint8Array): Asn1 | undefined => {
  try {
    // The terms are JSON and the signature is noise: neither is to be tried as ASN.1.
    const { offset, result } = fromBER(der, { parseEmbedded: false });
    return offset === der.byteLength ? result : undefined;
  } catch {
    // asn1js answers most malformed input, but throws on some, such as times.
    return undefined;
  }
};

export const children = (block: Asn1 | undefined): Asn1[] =>
  block instanceof Constructed ? block.valueBlock.value : [];

export const isContext = (block: Asn1 | undefined, tag: number): boolean =>
  block?.idBlock.tagClass === CONTEXT_CLASS && block.idBlock.tagNumber === tag;

export const oidOf = (block: Asn1 | undefined): string | undefined =>
  block instanceof ObjectIdentifier ? block.getValue() : undefined;

/** A value with its tag and length, as its bytes stand in what was decoded. */
export const bytesOf = (block: Asn1 | undefined): Uint8Array => block?.valueBeforeDecodeView ?? new Uint8Array();

/**
 * Whether these bytes are a SEQUENCE of these values and nothing else, as DER writes it. The decoder is more lenient, and
 * what could be written in two ways could be altered outside of what is signed.
 */
export const isSequenceOf = (der: Uint8Array, values: readonly (Asn1 | undefined)[]): boolean => {
  const content = Buffer.concat(values.map(bytesOf));
  return Buffer.concat([sequenceHeader(content.length), content]).equals(der);
};

const CONTEXT_CLASS = 3;
const SEQUENCE = 0x30;

// X.690, section 8.1.3: a length from 128 on is preceded by how many bytes it takes.
const sequenceHeader = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([SEQUENCE, length]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
  return Buffer.concat([Buffer.from([SEQUENCE, 0x80 | bytes.length]), bytes]);
};

import { readUtf8 } from "../contract/utf8.ts";

/** One value in DER (X.690). */
export type Asn1 = {
  readonly tag: number;
  /** All its bytes, with tag and length. */
  readonly encoded: Uint8Array;
  /** Its bytes without them. */
  readonly content: Uint8Array;
  /** The values in it, if it has any. */
  readonly children: readonly Asn1[];
};

/** The tags that certificates use: universal ones, and numbered ones with values in them. */
export const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  numbered: 0xa0,
} as const;

/**
 * The value that all these bytes encode. Undefined if they do not encode one, or encode it in another way than DER: each value has
 * one encoding, so no byte can be changed without changing the value.
 */
export const decodeDer = (der: Uint8Array): Asn1 | undefined => {
  const value = decodeAt(der, 0, 0);
  return value?.encoded.length === der.length ? value : undefined;
};

export const isNumbered = (value: Asn1 | undefined, number: number): boolean => value?.tag === TAGS.numbered + number;

export const hasTag = (value: Asn1 | undefined, tag: number): value is Asn1 => value?.tag === tag;

/** An object identifier in dotted form. */
export const oidOf = (value: Asn1 | undefined): string | undefined => {
  if (!hasTag(value, TAGS.oid)) return undefined;
  const arcs = [];
  let arc = 0;
  for (const [place, byte] of value.content.entries()) {
    // Leading zeros would be a second encoding, and larger arcs would be rounded.
    if ((arc === 0 && byte === 0x80) || arc >= MAX_ARC) return undefined;
    arc = arc * 0x80 + (byte & 0x7f);
    if (byte >= 0x80 && place === value.content.length - 1) return undefined;
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first, ...rest] = arcs;
  if (first === undefined) return undefined;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join(".");
};

/** The truth of a BOOLEAN. Undefined if it is none. */
export const booleanOf = (value: Asn1 | undefined): boolean | undefined => {
  const [byte, ...more] = hasTag(value, TAGS.boolean) ? value.content : [];
  if (more.length > 0 || (byte !== 0x00 && byte !== 0xff)) return undefined;
  return byte === 0xff;
};

/** A small INTEGER that is not negative. Undefined if it is none. */
export const numberOf = (value: Asn1 | undefined): number | undefined => {
  const content = hasTag(value, TAGS.integer) ? value.content : new Uint8Array();
  const [first = 0x80, second = 0] = content;
  const isPadded = content.length > 1 && first === 0 && second < 0x80;
  if (first >= 0x80 || isPadded || content.length > MAX_NUMBER_BYTES) return undefined;
  return content.reduce((number, byte) => number * 0x100 + byte, 0);
};

/** The bytes of a BIT STRING, and how many bits of the last are unused. Undefined if it is none. */
export const bitsOf = (value: Asn1 | undefined): { bytes: Uint8Array; unused: number } | undefined => {
  const [unused = 8] = hasTag(value, TAGS.bitString) ? value.content : [];
  return value === undefined || unused > 7 ? undefined : { bytes: value.content.subarray(1), unused };
};

/** The text of a character string; "damaged" is one that is not in the encoding of its type. Undefined if it is none. */
export const textOf = (value: Asn1 | undefined): { text: string } | "damaged" | undefined => {
  if (value === undefined) return undefined;
  const { tag, content } = value;
  if (tag === TAGS.utf8String) {
    const reading = readUtf8(content);
    return reading.ok ? { text: reading.text } : "damaged";
  }
  if (SINGLE_BYTE_STRINGS.has(tag)) return { text: Buffer.from(content).toString("latin1") };
  if (tag === TAGS.bmpString) return content.length % 2 === 0 ? { text: textOfUnits(content, 2) } : "damaged";
  if (tag === TAGS.universalString) return content.length % 4 === 0 ? { text: textOfUnits(content, 4) } : "damaged";
  return undefined;
};

const MAX_DEPTH = 16;
const MAX_ARC = 2 ** 45;
const MAX_NUMBER_BYTES = 6;
const MAX_LENGTH_BYTES = 4;
const CONSTRUCTED = 0x20;
const HIGH_TAG_NUMBER = 0x1f;
const UNIVERSAL_TAGS = 0x40;
/** Numeric, printable, teletex, videotex, IA5, graphic, visible and general. */
const SINGLE_BYTE_STRINGS: ReadonlySet<number> = new Set([0x12, 0x13, 0x14, 0x15, 0x16, 0x19, 0x1a, 0x1b]);

const textOfUnits = (content: Uint8Array, size: number): string => {
  let text = "";
  for (let place = 0; place < content.length; place += size) {
    const unit = content.subarray(place, place + size).reduce((number, byte) => number * 0x100 + byte, 0);
    text += unit <= 0x10ffff ? String.fromCodePoint(unit) : "\ufffd";
  }
  return text;
};

const decodeAt = (bytes: Uint8Array, start: number, depth: number): Asn1 | undefined => {
  const tag = bytes[start];
  if (tag === undefined || (tag & HIGH_TAG_NUMBER) === HIGH_TAG_NUMBER || depth > MAX_DEPTH) return undefined;
  const isConstructed = (tag & CONSTRUCTED) !== 0;
  // In DER no string is made of parts, and a sequence or set always is.
  const isUniversal = (tag & ~CONSTRUCTED) < UNIVERSAL_TAGS;
  if (isUniversal && isConstructed !== CONSTRUCTED_UNIVERSAL.has(tag & HIGH_TAG_NUMBER)) return undefined;
  const length = lengthAt(bytes, start + 1);
  if (length === undefined) return undefined;
  const from = start + 1 + length.size;
  const end = from + length.value;
  if (end > bytes.length) return undefined;
  const children = isConstructed ? decodeAll(bytes.subarray(from, end), depth + 1) : [];
  return children && { tag, encoded: bytes.subarray(start, end), content: bytes.subarray(from, end), children };
};

/** EXTERNAL, EMBEDDED PDV, SEQUENCE and SET. */
const CONSTRUCTED_UNIVERSAL: ReadonlySet<number> = new Set([0x08, 0x0b, 0x10, 0x11]);

const decodeAll = (bytes: Uint8Array, depth: number): Asn1[] | undefined => {
  const values: Asn1[] = [];
  for (let place = 0; place < bytes.length; place += values.at(-1)?.encoded.length ?? 0) {
    const value = decodeAt(bytes, place, depth);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
};

// X.690, section 10.1: the definite form, in as few bytes as possible.
const lengthAt = (bytes: Uint8Array, place: number): { value: number; size: number } | undefined => {
  const first = bytes[place];
  if (first === undefined) return undefined;
  if (first < 0x80) return { value: first, size: 1 };
  const count = first & 0x7f;
  const digits = bytes.subarray(place + 1, place + 1 + count);
  if (count === 0 || count > MAX_LENGTH_BYTES || digits.length < count || digits[0] === 0) return undefined;
  const value = digits.reduce((number, byte) => number * 0x100 + byte, 0);
  return value < 0x80 ? undefined : { value, size: 1 + count };
};

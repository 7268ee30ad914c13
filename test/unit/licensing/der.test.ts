import { X509Certificate } from "node:crypto";
import { type BaseBlock, Constructed, fromBER, ObjectIdentifier } from "asn1js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Asn1,
  bitsOf,
  booleanOf,
  decodeDer,
  isNumbered,
  numberOf,
  oidOf,
  textOf,
} from "../../../shared/licensing/der.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { SEED, triedAt } from "../../support/deep.ts";

const decoded = (...bytes: number[]): Asn1 | undefined => decodeDer(Uint8Array.from(bytes));
const fromHex = (hex: string): Asn1 | undefined => decodeDer(Buffer.from(hex, "hex"));

/** A value with all that is in it, as an independent library sees it. */
type Outline = { tag: number; oid: string | undefined; encoded: string; children: Outline[] };

const outlineOf = (value: Asn1): Outline => ({
  tag: value.tag,
  oid: oidOf(value),
  encoded: Buffer.from(value.encoded).toString("hex"),
  children: value.children.map(outlineOf),
});

const libraryOutline = (block: BaseBlock): Outline => ({
  tag: ((block.idBlock.tagClass - 1) << 6) | (block.idBlock.isConstructed ? 0x20 : 0) | block.idBlock.tagNumber,
  oid: block instanceof ObjectIdentifier ? block.getValue() : undefined,
  encoded: Buffer.from(block.valueBeforeDecodeView).toString("hex"),
  children: block instanceof Constructed ? block.valueBlock.value.map((one) => libraryOutline(one)) : [],
});

// It throws at times that it cannot read.
const seenByLibrary = (der: Uint8Array): Outline | undefined => {
  try {
    const { offset, result } = fromBER(der, { parseEmbedded: false });
    return offset === der.length ? libraryOutline(result) : undefined;
  } catch {
    return undefined;
  }
};

describe("a value in DER", () => {
  it("of a certificate has the parts that another decoder finds, also with a byte changed", async () => {
    const { pem } = await mintLicense({
      organization: "Acme",
      terms: mintTerms(),
      notBefore: Date.parse("2026-11-20T08:00:00Z"),
      notAfter: Date.parse("2060-11-20T08:00:00Z"),
      serialNumber: "2a",
    });
    const der = new Uint8Array(new X509Certificate(pem).raw);
    const whole = decodeDer(der);
    expect(whole && outlineOf(whole)).toEqual(seenByLibrary(der));
    let read = 0;
    for (let place = 0; place < der.length; place += 1)
      for (const flip of triedAt(place, [0x01, 0x20, 0x80, 0xff])) {
        const changed = Uint8Array.from(der);
        changed[place] = (changed[place] ?? 0) ^ flip;
        const value = decodeDer(changed);
        if (value === undefined) continue;
        read += 1;
        expect(Buffer.from(value.encoded)).toEqual(Buffer.from(changed));
        const library = seenByLibrary(changed);
        // The library refuses some values by their content, which is not looked at before it is asked for.
        if (library !== undefined) expect({ ...outlineOf(value), oid: null }).toEqual({ ...library, oid: null });
      }
    expect(read).toBeGreaterThan(100);
  });

  it.each([
    ["nothing", ""],
    ["a tag without a length", "30"],
    ["content that is too short", "040200"],
    ["bytes after it", "040000"],
    ["a length without end", "30800000"],
    ["a length in more bytes than needed", "04810100"],
    ["a length with a leading zero", "0482008000"],
    ["a length of more than four bytes", "04850000000001ff"],
    ["a tag of several bytes", "1f8101 00".replace(" ", "")],
    ["a string made of parts", "2403040100"],
    ["a sequence without parts", "1000"],
    ["a part that is longer than the whole", "3003040200"],
    ["parts in parts without end", "3080".repeat(40)],
  ])("is not read from %s", (_what, hex) => {
    expect(fromHex(hex)).toBeUndefined();
  });

  it("is read from any bytes without an exception, and then is made of exactly these bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const value = decodeDer(bytes);
        if (value !== undefined) expect(Buffer.from(value.encoded)).toEqual(Buffer.from(bytes));
        for (const read of [oidOf, booleanOf, numberOf, bitsOf, textOf]) expect(() => read(value)).not.toThrow();
      }),
      { seed: SEED },
    );
  });

  it("deeper than any certificate is refused", () => {
    const nested = (depth: number): Buffer =>
      depth === 0 ? Buffer.from("0500", "hex") : Buffer.concat([Buffer.from([0x30, 2 * depth]), nested(depth - 1)]);
    expect(decodeDer(nested(16))).toBeDefined();
    expect(decodeDer(nested(17))).toBeUndefined();
  });
});

describe("what is in a value", () => {
  it.each([
    ["0603550403", "2.5.4.3"],
    ["06012a", "1.2"],
    ["060127", "0.39"],
    ["06028837", "2.999"],
    ["06082a864886f70d0101", "1.2.840.113549.1.1"],
    ["060000", undefined],
    ["0600", undefined],
    ["060180", undefined],
    ["06032a8001", undefined],
    ["060a2affffffffffffffff7f", undefined],
    ["040103", undefined],
  ])("%s is the object identifier %s", (hex, oid) => {
    expect(oidOf(fromHex(hex))).toBe(oid);
  });

  it("is a truth only as 00 or ff", () => {
    expect(
      [[0xff], [0x00], [0x01], [], [0xff, 0xff]].map((content) => booleanOf(decoded(1, content.length, ...content))),
    ).toEqual([true, false, undefined, undefined, undefined]);
  });

  it("is a number if it is not negative, and in its shortest form", () => {
    const numbers = ["020100", "02017f", "02020080", "02020100", "0201ff", "0202007f", "0200", "02080100000000000000"];
    expect(numbers.map((hex) => numberOf(fromHex(hex)))).toEqual([0, 127, 128, 256, ...Array(4).fill(undefined)]);
  });

  it("are bits with up to seven unused ones", () => {
    expect(bitsOf(fromHex("03020780"))).toEqual({ bytes: Buffer.from([0x80]), unused: 7 });
    expect(["03020880", "0300", "0401ff"].map((hex) => bitsOf(fromHex(hex)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is a text in the encoding of its type", () => {
    expect(
      ["0c02c3a4", "1303412042", "1401e4", "1e0400e40041", "1c0400000041"].map((hex) => textOf(fromHex(hex))),
    ).toEqual(["ä", "A B", "ä", "äA", "A"].map((text) => ({ text })));
    expect(["0c01e4", "1e0141", "1c0341ff00"].map((hex) => textOf(fromHex(hex)))).toEqual(Array(3).fill("damaged"));
    expect([fromHex("040141"), undefined].map(textOf)).toEqual([undefined, undefined]);
  });

  it("has a number only as a context-specific value with parts", () => {
    expect(["a3020500", "83020500", "a0020500"].map((hex) => isNumbered(fromHex(hex), 3))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

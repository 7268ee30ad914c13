import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { readCertificate } from "../../../shared/licensing/certificate.ts";
import { type LicenseReading, readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { readTrustAnchors } from "../../../shared/licensing/trust.ts";
import { type Authority, type AuthorityOptions, mintAuthority } from "../../../tools/mint/authority.ts";
import { type MintOptions, mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { triedAt } from "../../support/deep.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");
const LIFETIME = { notBefore: NOW - 100 * DAY_MS, notAfter: NOW + 1_000 * DAY_MS };
const LICENSE: MintOptions = {
  organization: "Canary Organization",
  terms: mintTerms(),
  notBefore: NOW - DAY_MS,
  notAfter: NOW + 365 * DAY_MS,
  serialNumber: "2a",
};

const authority = (options: Partial<AuthorityOptions> = {}): Promise<Authority> =>
  mintAuthority({ ...LIFETIME, name: "Canary Root", ...options });

const below = (issuedBy: Authority, options: Partial<AuthorityOptions> = {}): Promise<Authority> =>
  authority({ name: "Canary Intermediate", issuedBy, ...options });

const license = async (issuedBy: Authority, options: Partial<MintOptions> = {}): Promise<string> =>
  (await mintLicense({ ...LICENSE, issuedBy, ...options })).pem;

const read = (pem: string, anchors: string, now = NOW): LicenseReading =>
  readLicenseFile(pem, { anchors: readTrustAnchors(anchors), now });

const reasonOf = (reading: LicenseReading): string => {
  if (reading.ok) throw new Error("the license was trusted");
  expect(reading.reason).not.toMatch(/Canary|CERTIFICATE-----/);
  return reading.reason;
};

const untilOf = (reading: LicenseReading): number | undefined => {
  if (!reading.ok) throw new Error(reading.reason);
  return reading.license.trustedUntil;
};

let root: Authority;
beforeAll(async () => {
  root = await authority();
});

describe("a license is trusted", () => {
  it("if the trust anchor signed it", async () => {
    expect(untilOf(read(await license(root), root.pem))).toBe(LIFETIME.notAfter);
  });

  it.each<[string, Partial<AuthorityOptions>]>([
    ["an Ed25519 key labelled X25519", { keyLabel: "X25519" }],
    ["an RSA key", { algorithm: "RSA" }],
    ["an ECDSA key", { algorithm: "ECDSA" }],
  ])("if the trust anchor, or an authority below it, has %s", async (_, kind) => {
    const anchor = await authority(kind);
    expect(read(await license(anchor), anchor.pem).ok).toBe(true);
    const intermediate = await below(root, kind);
    expect(read((await license(intermediate)) + intermediate.pem, root.pem).ok).toBe(true);
  });

  it("if authorities in the file lead to the trust anchor, in any order, whatever else is there", async () => {
    const first = await below(root, { notAfter: NOW + 10 * DAY_MS });
    const second = await below(first, { name: "Canary Second" });
    const pem = await license(second, { withPrivateKey: true });
    const stranger = await authority({ name: "Canary Stranger" });
    const broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    for (const chain of [
      second.pem + first.pem,
      first.pem + second.pem,
      second.chainPem,
      broken + stranger.pem + first.pem + second.pem,
    ])
      expect(untilOf(read(pem + chain, root.pem))).toBe(NOW + 10 * DAY_MS);
  });

  it("if any one of several trust anchors signed it", async () => {
    const [other, namesake] = [await authority({ name: "Canary Other" }), await authority()];
    expect(read(await license(root), other.pem + namesake.pem + root.pem).ok).toBe(true);
  });

  it("if its trust anchor is not the last of the authorities", async () => {
    const intermediate = await below(root);
    expect(read(await license(intermediate), intermediate.pem).ok).toBe(true);
  });

  it("whenever its issuers hold, for its own times are its status", async () => {
    const pem = await license(root);
    for (const now of [LIFETIME.notBefore, LICENSE.notBefore - 1, LICENSE.notAfter, LIFETIME.notAfter - 1])
      expect(read(pem, root.pem, now).ok).toBe(true);
  });

  it("though it has critical extensions that are understood, and others that are not critical", async () => {
    const extensions = [
      { oid: "2.5.29.15", critical: true, value: new Uint8Array([0x03, 0x02, 0x07, 0x80]) },
      { oid: "1.2.3.4", critical: false, value: new Uint8Array([0x05, 0x00]) },
    ];
    expect(read(await license(root, { extensions }), root.pem).ok).toBe(true);
  });
});

describe("a license is invalid", () => {
  it.each(["Canary Root", "Canary Somebody"])("if a stranger signed it, whatever his name: %s", async (name) => {
    const stranger = await authority({ name });
    const reason = reasonOf(read((await license(stranger)) + stranger.pem, root.pem));
    expect(reason).toContain(
      name === "Canary Root"
        ? "the license has a signature that is not its issuer's"
        : "certificate 2 of the file was not issued by a trust anchor",
    );
  });

  it("if it is its own issuer", async () => {
    const anchor = await authority({ name: "Canary Organization" });
    const { pem } = await mintLicense({ ...LICENSE, name: "Canary Organization", issuedBy: anchor });
    expect(read(pem, anchor.pem).ok).toBe(true);
    expect(reasonOf(read(pem, root.pem))).toBe(
      "the license was not issued by a trust anchor or another certificate of the file",
    );
  });

  it("if an authority between it and the trust anchor is missing", async () => {
    const first = await below(root);
    const second = await below(first, { name: "Canary Second" });
    const pem = await license(second);
    const missing = "was not issued by a trust anchor or another certificate of the file";
    expect(reasonOf(read(pem, root.pem))).toBe(`the license ${missing}`);
    expect(reasonOf(read(pem + first.pem, root.pem))).toBe(`the license ${missing}`);
    expect(reasonOf(read(pem + second.pem, root.pem))).toBe(`certificate 2 of the file ${missing}`);
  });

  it.each<[string, Partial<AuthorityOptions>, string]>([
    ["has expired", { notAfter: NOW }, "has expired"],
    ["is not valid yet", { notBefore: NOW + 1_000 }, "is not valid yet"],
    ["is none", { ca: false }, "is not a certificate authority"],
    ["may not sign certificates", { maySign: false }, "is not a certificate authority"],
    [
      "has a critical extension nobody knows",
      { extensions: [{ oid: "1.2.3.4", critical: true, value: new Uint8Array([0x05, 0x00]) }] },
      "has an unknown critical extension",
    ],
    [
      "restricts names, which is not understood",
      { extensions: [{ oid: "2.5.29.30", critical: true, value: new Uint8Array([0x30, 0x00]) }] },
      "has an unknown critical extension",
    ],
    [
      "says twice what it may",
      {
        extensions: [{ oid: "2.5.29.19", critical: true, value: new Uint8Array([0x30, 0x03, 0x01, 0x01, 0xff]) }],
      },
      "has an extension twice",
    ],
  ])("if an authority above it %s", async (_, options, reason) => {
    const intermediate = await below(root, options);
    expect(reasonOf(read((await license(intermediate)) + intermediate.pem, root.pem))).toBe(
      `certificate 2 of the file ${reason}`,
    );
    const anchor = await authority(options);
    expect(reasonOf(read(await license(anchor), anchor.pem))).toBe(`trust anchor 1 ${reason}`);
  });

  it("from the moment on at which an authority above it expires", async () => {
    const intermediate = await below(root, { notAfter: NOW + DAY_MS });
    const pem = (await license(intermediate)) + intermediate.pem;
    expect(read(pem, root.pem, NOW + DAY_MS - 1).ok).toBe(true);
    expect(reasonOf(read(pem, root.pem, NOW + DAY_MS))).toBe("certificate 2 of the file has expired");
  });

  it("if another customer's license signed it, even one that calls itself an authority", async () => {
    const terms = { oid: "1.7.109.101.116.97.108.98.101.97.114.47.108.105.99.101.110.115.101.47.105.110.102.111" };
    for (const critical of [true, false]) {
      const value = new TextEncoder().encode(JSON.stringify(mintTerms()));
      const customer = await below(root, { extensions: [{ ...terms, critical, value }] });
      expect(reasonOf(read((await license(customer)) + customer.pem, root.pem))).toBe(
        "certificate 2 of the file is a license, which cannot issue licenses",
      );
    }
  });

  it("if the authorities are more than one of them allows, or than anybody needs", async () => {
    const narrow = await authority({ pathLength: 0 });
    expect(read(await license(narrow), narrow.pem).ok).toBe(true);
    const intermediate = await below(narrow);
    expect(reasonOf(read((await license(intermediate)) + intermediate.pem, narrow.pem))).toBe(
      "trust anchor 1 does not allow this many issuers below it",
    );
    let deepest = root;
    for (let depth = 1; depth <= 4; depth += 1) {
      deepest = await below(deepest, { name: `Canary ${depth}` });
      expect(read((await license(deepest)) + deepest.chainPem, root.pem).ok).toBe(depth <= 3);
    }
  });

  it("if it has an unknown critical extension", async () => {
    const extensions = [{ oid: "1.2.3.4", critical: true, value: new Uint8Array([0x05, 0x00]) }];
    const pem = await license(root, { extensions });
    expect(reasonOf(read(pem, root.pem))).toBe("the license has an unknown critical extension");
    expect(readLicenseFile(pem).ok).toBe(true);
  });

  it("if it is signed in a way that is not supported, or says two things about it", async () => {
    const der = new X509Certificate(await license(root)).raw;
    const ed25519 = Buffer.from("300506032b6570", "hex");
    const ed448 = Buffer.from("300506032b6571", "hex");
    const outside = Buffer.from(der);
    outside.set(ed448, der.lastIndexOf(ed25519));
    expect(reasonOf(read(pemOf(outside), root.pem))).toBe("the license names two signature algorithms");
    outside.set(ed448, der.indexOf(ed25519));
    expect(reasonOf(read(pemOf(outside), root.pem))).toBe(
      "the license is signed with an algorithm that is not supported",
    );
  });

  it("if any of its bytes is another one, its signature's included", async () => {
    const der = new X509Certificate(await license(root)).raw;
    const anchors = readTrustAnchors(root.pem);
    expect(readLicenseFile(pemOf(der), { anchors, now: NOW }).ok).toBe(true);
    const trusted: number[] = [];
    for (let place = 0; place < der.length; place += 1)
      for (const flip of triedAt(place, [0x01, 0x20, 0x80, 0xff])) {
        const changed = Buffer.from(der);
        changed[place] = (changed[place] ?? 0) ^ flip;
        if (readLicenseFile(pemOf(changed), { anchors, now: NOW }).ok) trusted.push(place);
      }
    expect(trusted).toEqual([]);
  });

  it("if its authority's certificate has any other byte", async () => {
    const intermediate = await below(root);
    const pem = await license(intermediate);
    const der = new X509Certificate(intermediate.pem).raw;
    const anchors = readTrustAnchors(root.pem);
    const trusted: number[] = [];
    for (let place = 0; place < der.length; place += 1) {
      const changed = Buffer.from(der);
      changed[place] = (changed[place] ?? 0) ^ 0xff;
      if (readLicenseFile(pem + pemOf(changed), { anchors, now: NOW }).ok) trusted.push(place);
    }
    expect(trusted).toEqual([]);
  });

  it("if it cannot be parsed, with the reason that it has without a trust anchor", () => {
    for (const text of ["", "no license", "-----BEGIN CERTIFICATE-----\nAAAA"])
      expect(read(text, root.pem)).toEqual(readLicenseFile(text));
  });
});

describe("what is signed", () => {
  it("is the certificate's own bytes, unchanged", async () => {
    const pem = await license(root);
    const reading = readCertificate(pem);
    if (!reading.ok) throw new Error(reading.reason);
    const { der, signed } = reading.certificate;
    expect(Buffer.from(der).subarray(4, 4 + signed.tbs.length)).toEqual(Buffer.from(signed.tbs));
    expect(Buffer.from(der).subarray(-64)).toEqual(Buffer.from(signed.signature ?? []));
  });
});

const pemOf = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`;

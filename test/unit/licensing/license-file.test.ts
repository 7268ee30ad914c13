import { createHash, X509Certificate } from "node:crypto";
import { Constructed, fromBER } from "asn1js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type LicenseReading, readLicenseFile } from "../../../shared/licensing/license-file.ts";
import { type MintOptions, mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { runsOf, triedAt } from "../../support/deep.ts";

const at = (text: string): number => Date.parse(text);

const OPTIONS: MintOptions = {
  organization: "Acme",
  terms: mintTerms(),
  notBefore: at("2026-11-20T08:00:00Z"),
  notAfter: at("2027-11-20T08:00:00Z"),
  serialNumber: "2a",
};

const mint = async (options: Partial<MintOptions> = {}): Promise<string> =>
  (await mintLicense({ ...OPTIONS, ...options })).pem;

const readTerms = async (terms: MintOptions["terms"]): Promise<LicenseReading> =>
  readLicenseFile(await mint({ terms }));

const licenseOf = (reading: LicenseReading) => {
  if (!reading.ok) throw new Error(reading.reason);
  return reading.license;
};

const reasonOf = (reading: LicenseReading): string => {
  if (reading.ok) throw new Error("the license was read");
  return reading.reason;
};

const derOf = (pem: string): Buffer => new X509Certificate(pem).raw;

const pemOf = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`;

/** Puts other bytes of the same length in the place of the last ones like them: the signature is not looked at. */
const patched = (pem: string, from: string | Buffer, to: string | Buffer): string => {
  const der = Buffer.from(derOf(pem));
  const place = der.lastIndexOf(from);
  if (place === -1 || from.length !== to.length) throw new Error("nothing to patch");
  der.set(Buffer.from(to), place);
  return pemOf(der);
};

describe("a license file", () => {
  it("is read whole: its names, its times, its fingerprint and its terms", async () => {
    const pem = await mint({
      name: "Acme`s Enterprise License",
      terms: mintTerms({
        type: "enterprise",
        max_seats: 40,
        subscription_id: "sub-1",
        organization_id: "org-1",
        trial: true,
        version: "2",
        seat_tracking_mode: "KubernetesUser",
        min_operator_version: "3.120.0-rc.1",
      }),
    });
    const oracle = new X509Certificate(pem);
    expect(readLicenseFile(pem)).toEqual({
      ok: true,
      license: {
        pem,
        fingerprint: Buffer.from(oracle.fingerprint256.replaceAll(":", ""), "hex")
          .toString("base64")
          .replace(/=+$/, ""),
        name: "Acme`s Enterprise License",
        organization: "Acme",
        issuedAt: Date.parse(oracle.validFrom),
        expiresAt: Date.parse(oracle.validTo),
        terms: {
          type: "enterprise",
          maxSeats: 40,
          subscriptionId: "sub-1",
          organizationId: "org-1",
          trial: true,
          version: "2",
          instancedLicenseServer: true,
          trackingMode: "KubernetesUser",
          minOperatorVersion: "3.120.0-rc.1",
        },
      },
    });
  });

  it.each(["X25519", "Ed25519"] as const)("is read whether its key is labelled X25519 or not: %s", async (keyLabel) => {
    expect(readLicenseFile(await mint({ keyLabel })).ok).toBe(true);
  });

  it("is the first CERTIFICATE block, and is kept with all that stands around it", async () => {
    const pem = await mint({ withPrivateKey: true, withChain: true });
    expect(pem.indexOf("PRIVATE KEY")).toBeLessThan(pem.indexOf("CERTIFICATE"));
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    const license = licenseOf(readLicenseFile(pem));
    expect(license.name).toBe("Acme`s Teams License");
    expect(license.pem).toBe(pem);
  });

  it.each([
    ["Windows line ends", (pem: string) => pem.replaceAll("\n", "\r\n")],
    ["an indentation, as YAML leaves it", (pem: string) => pem.replace(/^/gm, "    ")],
    ["all on one line", (pem: string) => pem.replaceAll("\n", " ")],
    ["the end of another block before it", (pem: string) => `-----END CERTIFICATE-----\n${pem}`],
    ["text around it", (pem: string) => `subject=Acme\n\n${pem}\nthe end`],
  ])("is the same with %s", async (_, change) => {
    const pem = await mint();
    const changed = licenseOf(readLicenseFile(change(pem)));
    expect(changed).toEqual({ ...licenseOf(readLicenseFile(pem)), pem: change(pem) });
  });

  it.each([
    ["1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z"],
    ["1950-01-01T00:00:00Z", "2049-12-31T23:59:59Z"],
    ["2026-02-28T00:00:00Z", "2050-01-01T00:00:00Z"],
    ["2050-01-01T00:00:00Z", "9999-12-31T23:59:59Z"],
  ])("holds from %s until %s, across both forms of time", async (from, until) => {
    const license = licenseOf(readLicenseFile(await mint({ notBefore: at(from), notAfter: at(until) })));
    expect([license.issuedAt, license.expiresAt]).toEqual([at(from), at(until)]);
  });

  it("keeps names as they are, in any script", async () => {
    for (const organization of ["Łódź GmbH & Co", "株式会社", 'a, "b" + c=d', "#1 Corp"])
      expect(licenseOf(readLicenseFile(await mint({ organization }))).organization).toBe(organization);
  });
});

describe("the terms of a license file", () => {
  it("are refused with every fault at once, those of the certificate too", async () => {
    const pem = await mint({
      organization: "",
      notAfter: OPTIONS.notBefore,
      terms: { max_seats: -1, trial: 1, min_operator_version: "new" },
    });
    expect(reasonOf(readLicenseFile(pem)).split("; ")).toEqual([
      "the subject has no organization",
      "it ends before it begins",
      "type is missing",
      "max_seats must be a whole number of at least 0, or null for unlimited",
      "trial must be true or false",
      "min_operator_version must be a version such as 3.120.0",
    ]);
  });

  it("are read back as they were minted, whatever they are", async () => {
    const textOrNull = fc.option(fc.string({ maxLength: 40 }));
    const property = fc.asyncProperty(
      fc.record({
        type: fc.string({ minLength: 1, maxLength: 20 }),
        max_seats: fc.option(fc.nat()),
        subscription_id: textOrNull,
        organization_id: textOrNull,
        trial: fc.boolean(),
      }),
      async (terms) => {
        expect(licenseOf(await readTerms(terms)).terms).toMatchObject({
          type: terms.type,
          maxSeats: terms.max_seats,
          subscriptionId: terms.subscription_id,
          organizationId: terms.organization_id,
          trial: terms.trial,
        });
      },
    );
    await fc.assert(property, { numRuns: runsOf(50) });
  });
});

describe("a file that is no license", () => {
  let good: string;
  beforeAll(async () => {
    good = await mint();
  });

  it.each([
    ["", "there is no CERTIFICATE block"],
    ["a license key, pasted by mistake", "there is no CERTIFICATE block"],
    ["-----BEGIN CERTIFICATE-----\nAAAA", "the CERTIFICATE block has no end"],
    ["-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "the CERTIFICATE block is not base64"],
    ["-----BEGIN CERTIFICATE-----\nA*==\n-----END CERTIFICATE-----", "the CERTIFICATE block is not base64"],
    ["-----BEGIN CERTIFICATE-----\nAAAAA\n-----END CERTIFICATE-----", "the CERTIFICATE block is not base64"],
    [pemOf(Buffer.from("AAA")), "the CERTIFICATE block is not well-formed DER"],
    [pemOf(Buffer.from([0x30, 0])), "the CERTIFICATE block is not an X.509 certificate"],
    [pemOf(Buffer.from([0x30, 0x80, 0, 0])), "the CERTIFICATE block is not an X.509 certificate"],
    [pemOf(Buffer.from([0x05, 0])), "the CERTIFICATE block is not an X.509 certificate"],
  ])("is refused with the reason: %j", (pem, reason) => {
    expect(readLicenseFile(pem)).toEqual({ ok: false, reason });
  });

  it("is refused if its first CERTIFICATE block is broken, though a good one follows", () => {
    const broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    expect(reasonOf(readLicenseFile(broken + good))).toBe("the CERTIFICATE block is not base64");
    expect(reasonOf(readLicenseFile(`-----BEGIN CERTIFICATE-----\n${good}`))).toBe(
      "the CERTIFICATE block is not base64",
    );
  });

  it("is refused if bytes are missing at its end or left over", () => {
    const der = derOf(good);
    for (const bytes of [der.subarray(0, -1), Buffer.concat([der, Buffer.from([0])])])
      expect(reasonOf(readLicenseFile(pemOf(bytes)))).toBe("the CERTIFICATE block is not well-formed DER");
  });

  it("is refused if its certificate carries no terms", async () => {
    const { caPem } = await mintLicense(OPTIONS);
    expect(reasonOf(readLicenseFile(caPem))).toBe("the certificate has no license terms");
    const renamed = patched(good, "/metalbear/license/info", "/metalbear/license/meow");
    expect(reasonOf(readLicenseFile(renamed))).toBe("the certificate has no license terms");
  });

  it("is refused if its certificate carries terms twice", () => {
    expect(reasonOf(readLicenseFile(withTermsTwice(good)))).toBe("the certificate has license terms twice");
  });

  it("is refused if its certificate is not signed at all", () => {
    const unsigned = edited(good, (certificate) => certificate.pop());
    expect(reasonOf(readLicenseFile(unsigned))).toBe("the CERTIFICATE block is not an X.509 certificate");
  });

  it("is refused if it does not say what it is called or whom it is for", () => {
    const surname = Buffer.from("0603550404", "hex");
    const anonymous = patched(
      patched(good, Buffer.from("0603550403", "hex"), surname),
      Buffer.from("060355040a", "hex"),
      surname,
    );
    expect(reasonOf(readLicenseFile(anonymous))).toBe(
      "the subject has no common name; the subject has no organization",
    );
  });

  it.each([
    ["261120080000Z", "261320080000Z"],
    ["261120080000Z", "260230080000Z"],
    ["261120080000Z", "261120240000Z"],
    ["261120080000Z", "2611200800000"],
    ["261120080000Z", "261120080000z"],
  ])("is refused if its begin is no time: %s as %s", (from, to) => {
    const reason = reasonOf(readLicenseFile(patched(good, from, to)));
    expect(["notBefore is not a time", "the CERTIFICATE block is not well-formed DER"]).toContain(reason);
  });

  it("is refused if a name in it is not valid UTF-8, with the name's place", async () => {
    const bad = Buffer.from("Ac\xffe", "latin1");
    expect(reasonOf(readLicenseFile(patched(await mint({ name: "Name" }), "Acme", bad)))).toBe(
      "the subject's organization is not valid UTF-8",
    );
    const pem = await mint({ name: "Acme", organization: "Other" });
    expect(reasonOf(readLicenseFile(patched(pem, "Acme", bad)))).toBe("the subject's common name is not valid UTF-8");
  });

  it("is refused, not guessed at, if a time is malformed as GeneralizedTime", async () => {
    const pem = await mint({ notAfter: at("2060-01-02T03:04:05Z") });
    const asUtcTime = patched(pem, "\x18\x0f20600102", "\x17\x0f20600102");
    expect(reasonOf(readLicenseFile(asUtcTime))).toBe("notAfter is not a time");
    for (const bad of ["20601302030405Z", "2060010203040+1", "2060010203.045Z", "2060-01-02T03:Z"])
      expect(readLicenseFile(patched(pem, "20600102030405Z", bad)).ok).toBe(false);
  });
});

describe("whatever is read", () => {
  const CANARIES = ["Canary Organization", "Canary License", "canary-subscription", "canary-type"];
  let good: string;
  beforeAll(async () => {
    good = await mint({
      organization: CANARIES[0] ?? "",
      name: CANARIES[1] ?? "",
      terms: mintTerms({ subscription_id: CANARIES[2], type: CANARIES[3] }),
      withPrivateKey: true,
      withChain: true,
    });
  });

  /** A reading is either a license that holds together, or a reason that quotes nothing of the file. */
  const expectSound = (pem: string): void => {
    const reading = readLicenseFile(pem);
    if (reading.ok) {
      const { license } = reading;
      const base64 = pem.split("-----BEGIN CERTIFICATE-----")[1]?.split("-----END CERTIFICATE-----")[0] ?? "";
      const hash = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
      expect(`${license.fingerprint}=`).toBe(hash);
      expect(license.expiresAt).toBeGreaterThan(license.issuedAt);
      expect(license.name && license.organization && license.terms.type).toBeTruthy();
    } else {
      expect(reading.reason).not.toBe("");
      expect(quotes(reading.reason)).toEqual([]);
    }
  };

  /** What a reason repeats of a file's blocks: eight characters in a row are no accident. */
  const quotes = (reason: string): string[] => {
    const secret = good.replace(/-----(?:BEGIN|END) [A-Z ]+-----/g, "");
    const pieces = Array.from({ length: Math.max(0, reason.length - 7) }, (_, start) => reason.slice(start, start + 8));
    return [
      ...pieces.filter((piece) => secret.includes(piece)),
      ...CANARIES.filter((canary) => reason.includes(canary)),
    ];
  };

  it("is sound for any text", () => {
    fc.assert(fc.property(fc.string({ maxLength: 100, unit: "binary-ascii" }), expectSound));
    fc.assert(fc.property(fc.string({ maxLength: 20, unit: "binary" }), expectSound));
  });

  it("is sound for any bytes in a CERTIFICATE block", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectSound(pemOf(bytes))));
  });

  it("is sound for a license file with characters changed, gone or put in", () => {
    const edit = fc.tuple(fc.nat(), fc.nat(3), fc.string({ maxLength: 3, unit: "binary-ascii" }));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        expectSound(
          edits.reduce((text, [place, gone, put]) => {
            const start = place % text.length;
            return text.slice(0, start) + put + text.slice(start + gone);
          }, good),
        );
      }),
      { numRuns: runsOf(300) },
    );
  });

  it("is sound for a certificate with any of its bytes changed", () => {
    const der = derOf(good.slice(good.indexOf("-----BEGIN CERTIFICATE-----")));
    for (let place = 0; place < der.length; place++) {
      for (const flip of triedAt(place, [0x01, 0x10, 0x80, 0xff])) {
        const changed = Buffer.from(der);
        changed[place] = (changed[place] ?? 0) ^ flip;
        expectSound(pemOf(changed));
      }
    }
  });

  it("is sound for terms of any JSON, and quotes no value of them", async () => {
    const value = fc.oneof(fc.constantFrom(...CANARIES), fc.jsonValue({ maxDepth: 1 }));
    const fields = ["type", "max_seats", "trial", "version", "seat_tracking_mode", "min_operator_version"];
    const property = fc.asyncProperty(fc.dictionary(fc.constantFrom(...fields), value), async (terms) => {
      expectSound(await mint({ terms }));
    });
    await fc.assert(property, { numRuns: runsOf(100) });
  });

  it("takes nesting without end for malformed", () => {
    expectSound(pemOf(Buffer.alloc(60_000, 0x30)));
    expectSound(pemOf(Buffer.from("3080".repeat(30_000), "hex")));
    expectSound(pemOf(Buffer.from("2480".repeat(30_000), "hex")));
  });
});

type Block = Constructed["valueBlock"]["value"][number];

const inside = (block: unknown): Block[] => (block instanceof Constructed ? block.valueBlock.value : []);

const edited = (pem: string, edit: (certificate: Block[]) => void): string => {
  const { result } = fromBER(new Uint8Array(derOf(pem)), { parseEmbedded: false });
  edit(inside(result));
  return pemOf(new Uint8Array(result.toBER()));
};

const withTermsTwice = (pem: string): string =>
  edited(pem, ([tbs]) => {
    const extensions = inside(inside(inside(tbs).at(-1))[0]);
    extensions.push(...extensions);
  });

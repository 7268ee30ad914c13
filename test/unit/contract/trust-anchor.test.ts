import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { FUNCTIONS } from "../../../shared/contract/functions.ts";
import { parseEnv } from "../../../shared/contract/parse-env.ts";
import { DAY_MS } from "../../../shared/contract/time.ts";
import { trustAnchorFault } from "../../../shared/contract/trust-anchor.ts";
import { readTrustAnchors } from "../../../shared/licensing/trust.ts";
import { type AuthorityOptions, mintAuthority } from "../../../tools/mint/authority.ts";

const NOW = Date.parse("2026-11-20T08:00:00Z");
const authority = async (options: Partial<AuthorityOptions> = {}): Promise<string> =>
  (await mintAuthority({ notBefore: NOW, notAfter: NOW + DAY_MS, ...options })).pem;

const root = await authority();
const block = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;

describe("a trust anchor", () => {
  it.each<[string, Partial<AuthorityOptions>]>([
    ["Ed25519", {}],
    ["Ed25519, labelled X25519", { keyLabel: "X25519" }],
    ["RSA", { algorithm: "RSA" }],
    ["ECDSA", { algorithm: "ECDSA" }],
  ])("may be one authority or several, with text around them: %s", async (_, kind) => {
    const text = `subject=Root\n${await authority(kind)}\n# another\n${root}`;
    expect(trustAnchorFault(text)).toBeUndefined();
    expect(readTrustAnchors(text)).toHaveLength(2);
  });

  it.each<[string, () => Promise<string>, string]>([
    ["nothing", async () => "", "must be certificates in PEM"],
    ["some text", async () => "canary", "must be certificates in PEM"],
    ["a block without an end", async () => `${root}-----BEGIN CERTIFICATE-----\nAAAA`, "must be certificates in PEM"],
    ["no certificate inside", async () => block("Y2FuYXJ5"), "must be certificates of authorities (CA:TRUE)"],
    ["one that is no authority", () => authority({ ca: false }), "must be certificates of authorities (CA:TRUE)"],
    [
      "one that is no authority beside one that is",
      async () => root + (await authority({ ca: false })),
      "must be certificates of authorities (CA:TRUE)",
    ],
    ["more than anybody needs", async () => root.repeat(11), "must be at most 10 certificates"],
    ["a private key", async () => root + privateKey("pkcs8"), "must not contain a private key"],
    ["a private key of another form", async () => privateKey("pkcs1") + root, "must not contain a private key"],
  ])("is refused with %s, and nothing of it is repeated", async (_, text, fault) => {
    expect(trustAnchorFault(await text())).toBe(fault);
  });
});

describe("the environment's LICENSE_TRUST_ANCHOR", () => {
  const parse = (pem: string) => parseEnv({ LICENSE_TRUST_ANCHOR: pem }, FUNCTIONS.public).LICENSE_TRUST_ANCHOR;

  it("is taken as it stands, or absent", () => {
    expect(parse(root)).toBe(root);
    expect(parse("")).toBeUndefined();
  });

  it("that is malformed never counts as absent, and is not repeated", () => {
    expect(() => parse("canary")).toThrow(
      "the environment is not usable: LICENSE_TRUST_ANCHOR must be certificates in PEM",
    );
  });
});

function privateKey(type: "pkcs8" | "pkcs1"): string {
  return generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({ type, format: "pem" }).toString();
}

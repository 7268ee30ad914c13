import "reflect-metadata";

import { generateKeyPairSync, type KeyObject, type webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  Extension,
  type JsonNameParams,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { EpochMs } from "../../shared/contract/time.ts";

/** The algorithm label of an Ed25519 key. */
export type KeyLabel = "X25519" | "Ed25519";

export type ExtraExtension = { oid: string; critical: boolean; value: Uint8Array<ArrayBuffer> };

export type AuthorityOptions = {
  /** Its CN and its O. */
  name?: string;
  notBefore: EpochMs;
  notAfter: EpochMs;
  /** By default it signs itself. */
  issuedBy?: Authority;
  algorithm?: "Ed25519" | "RSA" | "ECDSA";
  /** The label of an Ed25519 key; Ed25519 by default. */
  keyLabel?: KeyLabel;
  /** Whether the certificate is marked as an authority's. True by default. */
  ca?: boolean;
  /** How many authorities may be below it; by default any number. */
  pathLength?: number;
  /** Whether its key may sign certificates. True by default. */
  maySign?: boolean;
  extensions?: readonly ExtraExtension[];
};

/** An authority with its key: it signs licenses and other authorities. */
export type Authority = {
  pem: string;
  /** Its certificate and those above it. */
  chainPem: string;
  name: Name;
  signing: Signing;
};

type Signing = { signingKey: webcrypto.CryptoKey; signingAlgorithm: { name: string; hash?: string } };

/** Makes an authority. Times are cut to whole seconds, as RFC 5280 requires. */
export const mintAuthority = async (options: AuthorityOptions): Promise<Authority> => {
  const { publicKey, privateKey } = KEY_PAIRS[options.algorithm ?? "Ed25519"]();
  const { name = "mirrord license mint" } = options;
  const subject = nameOf({ commonName: name, organization: name });
  const own = signingWith(privateKey);
  const { ca = true, maySign = true, issuedBy } = options;
  const certificate = await X509CertificateGenerator.create({
    ...(issuedBy?.signing ?? own),
    issuer: issuedBy?.name ?? subject,
    subject,
    serialNumber: "01",
    ...validity(options),
    publicKey: publicKeyInfo(publicKey, options.keyLabel ?? "Ed25519"),
    extensions: [
      new BasicConstraintsExtension(ca, options.pathLength, true),
      new KeyUsagesExtension(maySign ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature, true),
      ...extensionsOf(options.extensions),
    ],
  });
  const pem = `${certificate.toString("pem")}\n`;
  return { pem, chainPem: pem + (issuedBy?.chainPem ?? ""), name: subject, signing: own };
};

export const extensionsOf = (extensions: readonly ExtraExtension[] = []): Extension[] =>
  extensions.map(({ oid, critical, value }) => new Extension(oid, critical, value));

export const validity = ({ notBefore, notAfter }: { notBefore: EpochMs; notAfter: EpochMs }) => ({
  notBefore: wholeSeconds(notBefore),
  notAfter: wholeSeconds(notAfter),
});

/** Always a UTF8String: by default the library reads a leading `#` as hexadecimal. */
export const nameOf = (subject: { commonName: string; organization: string }): Name => {
  const params: JsonNameParams = [
    { CN: [{ utf8String: subject.commonName }] },
    { O: [{ utf8String: subject.organization }] },
  ];
  return new Name(params);
};

/** A SubjectPublicKeyInfo; the label is for Ed25519 keys. */
export const publicKeyInfo = (key: KeyObject, label: KeyLabel): Uint8Array<ArrayBuffer> => {
  const info = new Uint8Array(key.export({ type: "spki", format: "der" }));
  if (label === "X25519") info.set(X25519_OID, Buffer.from(info).indexOf(ED25519_OID));
  return info;
};

const ED25519_OID = Buffer.from("06032b6570", "hex");
const X25519_OID = Buffer.from("06032b656e", "hex");

const KEY_PAIRS = {
  Ed25519: () => generateKeyPairSync("ed25519"),
  RSA: () => generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  ECDSA: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
};

const signingWith = (key: KeyObject): Signing => {
  switch (key.asymmetricKeyType) {
    case "rsa": {
      const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
      return { signingKey: key.toCryptoKey(algorithm, false, ["sign"]), signingAlgorithm: algorithm };
    }
    case "ec":
      return {
        signingKey: key.toCryptoKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]),
        signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
      };
    default:
      return { signingKey: key.toCryptoKey("Ed25519", false, ["sign"]), signingAlgorithm: { name: "Ed25519" } };
  }
};

const wholeSeconds = (time: EpochMs): Date => new Date(Math.floor(time / 1_000) * 1_000);

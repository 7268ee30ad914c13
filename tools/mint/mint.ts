import "reflect-metadata";

import { generateKeyPairSync, type KeyObject } from "node:crypto";
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

/** The JSON of a license's terms, with the field names of the file. */
export type TermsJson = Readonly<Record<string, unknown>>;

export type MintOptions = {
  /** The subject's O. */
  organization: string;
  /** The subject's CN; by default it is made of the organization and the license's type. */
  name?: string;
  /** The value of the terms extension. Text goes in as it stands, so that a test can mint terms that are not JSON. */
  terms: TermsJson | string;
  /** Both are cut to whole seconds, as RFC 5280 asks. */
  notBefore: EpochMs;
  notAfter: EpochMs;
  /** The license's serial number, in hexadecimal. */
  serialNumber: string;
  /** What algorithm the subject's Ed25519 key is said to be of. The vendor's files say X25519, which is the default. */
  keyLabel?: "X25519" | "Ed25519";
  /** Puts the subject's private key in front, as a `PRIVATE KEY` block. */
  withPrivateKey?: boolean;
  /** Puts the authority's certificate behind. */
  withChain?: boolean;
};

export type Minted = {
  /** The license file. */
  pem: string;
  /** The certificate of the authority that signed it: a self-signed root, made for this license and forgotten. */
  caPem: string;
};

/** Terms as the vendor writes them, for ten seats of a `teams` license unless told otherwise. */
export const mintTerms = (changes: TermsJson = {}): TermsJson => ({
  type: "teams",
  max_seats: 10,
  subscription_id: null,
  organization_id: null,
  trial: false,
  version: 1,
  instanced_license_server: true,
  seat_tracking_mode: "ClientCertificate",
  ...changes,
});

/** Makes a license file of the vendor's format, signed with Ed25519 by an authority of its own. */
export const mintLicense = async (options: MintOptions): Promise<Minted> => {
  const authority = generateKeyPairSync("ed25519");
  const subject = generateKeyPairSync("ed25519");
  const signed = {
    issuer: name({ commonName: AUTHORITY, organization: AUTHORITY }),
    notBefore: wholeSeconds(options.notBefore),
    notAfter: wholeSeconds(options.notAfter),
    signingKey: authority.privateKey.toCryptoKey("Ed25519", false, ["sign"]),
  };
  const root = await X509CertificateGenerator.create({
    ...signed,
    serialNumber: "01",
    subject: signed.issuer,
    publicKey: publicKeyInfo(authority.publicKey, "Ed25519"),
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  const license = await X509CertificateGenerator.create({
    ...signed,
    serialNumber: options.serialNumber,
    subject: name({ commonName: options.name ?? defaultName(options), organization: options.organization }),
    publicKey: publicKeyInfo(subject.publicKey, options.keyLabel ?? "X25519"),
    extensions: [new Extension(TERMS_OID, true, new TextEncoder().encode(termsText(options.terms)))],
  });
  const caPem = `${root.toString("pem")}\n`;
  const blocks = [
    options.withPrivateKey ? subject.privateKey.export({ type: "pkcs8", format: "pem" }) : "",
    `${license.toString("pem")}\n`,
    options.withChain ? caPem : "",
  ];
  return { pem: blocks.join(""), caPem };
};

const AUTHORITY = "mirrord license mint";

// Spelt out rather than taken from the reader, so that the two check each other.
const TERMS_OID = ["1.7", ...Buffer.from("metalbear/license/info", "ascii")].join(".");

const wholeSeconds = (time: EpochMs): Date => new Date(Math.floor(time / 1_000) * 1_000);

// UTF8String whatever the text: left to itself the library reads a leading `#` as hexadecimal.
const name = (subject: { commonName: string; organization: string }): Name => {
  const params: JsonNameParams = [
    { CN: [{ utf8String: subject.commonName }] },
    { O: [{ utf8String: subject.organization }] },
  ];
  return new Name(params);
};

// The backtick is the vendor's.
const defaultName = ({ organization, terms }: MintOptions): string => {
  const type = typeof terms === "object" ? terms["type"] : undefined;
  return `${organization}\`s ${type === "teams" ? "Teams" : "Enterprise"} License`;
};

const termsText = (terms: MintOptions["terms"]): string => (typeof terms === "string" ? terms : JSON.stringify(terms));

const ED25519_OID = Buffer.from("06032b6570", "hex");
const X25519_OID = Buffer.from("06032b656e", "hex");

const publicKeyInfo = (key: KeyObject, label: "X25519" | "Ed25519"): Uint8Array<ArrayBuffer> => {
  const info = new Uint8Array(key.export({ type: "spki", format: "der" }));
  if (label === "X25519") info.set(X25519_OID, Buffer.from(info).indexOf(ED25519_OID));
  return info;
};

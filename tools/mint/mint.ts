import "reflect-metadata";

import { generateKeyPairSync } from "node:crypto";
import { Extension, X509CertificateGenerator } from "@peculiar/x509";
import { DAY_MS, type EpochMs } from "../../shared/contract/time.ts";
import {
  type Authority,
  type ExtraExtension,
  extensionsOf,
  type KeyLabel,
  mintAuthority,
  nameOf,
  publicKeyInfo,
  validity,
} from "./authority.ts";

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
  keyLabel?: KeyLabel;
  /** Who signs it. Absent: an authority made for this license and forgotten, which outlives it. */
  issuedBy?: Authority;
  /** Has another authority in between, below the one that is made or given; its certificate follows the license. */
  withIntermediate?: boolean;
  /** Extensions beside the terms. */
  extensions?: readonly ExtraExtension[];
  /** Puts the subject's private key in front, as a `PRIVATE KEY` block. */
  withPrivateKey?: boolean;
  /** Puts the certificates of all authorities behind. */
  withChain?: boolean;
};

export type Minted = {
  /** The license file. */
  pem: string;
  /** The certificate of the authority that it goes back to. */
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

/** Makes a license file of the vendor's format, signed with Ed25519 unless the authority given has another key. */
export const mintLicense = async (options: MintOptions): Promise<Minted> => {
  const lifetime = { notBefore: options.notBefore, notAfter: Math.min(options.notAfter + OUTLIVES_MS, LAST_TIME) };
  const root = options.issuedBy ?? (await mintAuthority(lifetime));
  const issuer = options.withIntermediate
    ? await mintAuthority({ ...lifetime, called: "mirrord license mint, below", issuedBy: root })
    : root;
  const subject = generateKeyPairSync("ed25519");
  const license = await X509CertificateGenerator.create({
    ...issuer.signing,
    issuer: issuer.name,
    serialNumber: options.serialNumber,
    subject: nameOf({ commonName: options.name ?? defaultName(options), organization: options.organization }),
    ...validity(options),
    publicKey: publicKeyInfo(subject.publicKey, options.keyLabel ?? "X25519"),
    extensions: [
      new Extension(TERMS_OID, true, new TextEncoder().encode(termsText(options.terms))),
      ...extensionsOf(options.extensions),
    ],
  });
  const behind = options.withIntermediate ? issuer.pem : "";
  const blocks = [
    options.withPrivateKey ? subject.privateKey.export({ type: "pkcs8", format: "pem" }) : "",
    `${license.toString("pem")}\n`,
    options.withChain ? issuer.chainPem : behind,
  ];
  return { pem: blocks.join(""), caPem: root.pem };
};

const OUTLIVES_MS = 3_650 * DAY_MS;
const LAST_TIME = Date.parse("9999-12-31T23:59:59Z");

// Spelt out rather than taken from the reader, so that the two check each other.
const TERMS_OID = ["1.7", ...Buffer.from("metalbear/license/info", "ascii")].join(".");

// The backtick is the vendor's.
const defaultName = ({ organization, terms }: MintOptions): string => {
  const type = typeof terms === "object" ? terms["type"] : undefined;
  return `${organization}\`s ${type === "teams" ? "Teams" : "Enterprise"} License`;
};

const termsText = (terms: MintOptions["terms"]): string => (typeof terms === "string" ? terms : JSON.stringify(terms));

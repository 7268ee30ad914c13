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
  /** The subject's CN; by default made from the organization and the license's type. */
  name?: string;
  /** The value of the terms extension. Text is used unchanged, so that a test can mint terms that are not JSON. */
  terms: TermsJson | string;
  /** Both are cut to whole seconds, as RFC 5280 requires. */
  notBefore: EpochMs;
  notAfter: EpochMs;
  /** The license's serial number, in hexadecimal. */
  serialNumber: string;
  /** The algorithm label of the subject's Ed25519 key. The default is X25519, as in the vendor's files. */
  keyLabel?: KeyLabel;
  /** Who signs it. By default a new authority, which is valid longer than the license. */
  issuedBy?: Authority;
  /** Adds an intermediate authority, whose certificate follows the license. */
  withIntermediate?: boolean;
  /** Extensions beside the terms. */
  extensions?: readonly ExtraExtension[];
  /** Puts the subject's private key before the license, as a `PRIVATE KEY` block. */
  withPrivateKey?: boolean;
  /** Puts the certificates of all authorities after the license. */
  withChain?: boolean;
};

export type Minted = {
  /** The license file. */
  pem: string;
  /** The certificate of the root authority. */
  caPem: string;
};

/** Terms as the vendor writes them: by default a `teams` license with ten seats. */
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

/** Makes a license file in the vendor's format. It is signed with Ed25519, unless the given authority has another key. */
export const mintLicense = async (options: MintOptions): Promise<Minted> => {
  const lifetime = {
    notBefore: options.notBefore,
    notAfter: Math.min(options.notAfter + EXTRA_LIFETIME_MS, LAST_TIME),
  };
  const root = options.issuedBy ?? (await mintAuthority(lifetime));
  const issuer = options.withIntermediate
    ? await mintAuthority({ ...lifetime, name: "mirrord license mint, below", issuedBy: root })
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
  const intermediate = options.withIntermediate ? issuer.pem : "";
  const blocks = [
    options.withPrivateKey ? subject.privateKey.export({ type: "pkcs8", format: "pem" }) : "",
    `${license.toString("pem")}\n`,
    options.withChain ? issuer.chainPem : intermediate,
  ];
  return { pem: blocks.join(""), caPem: root.pem };
};

const EXTRA_LIFETIME_MS = 3_650 * DAY_MS;
const LAST_TIME = Date.parse("9999-12-31T23:59:59Z");

// Not imported from the reader, so that the two check each other.
const TERMS_OID = ["1.7", ...Buffer.from("metalbear/license/info", "ascii")].join(".");

// With the backtick that the vendor uses.
const defaultName = ({ organization, terms }: MintOptions): string => {
  const type = typeof terms === "object" ? terms["type"] : undefined;
  return `${organization}\`s ${type === "teams" ? "Teams" : "Enterprise"} License`;
};

const termsText = (terms: MintOptions["terms"]): string => (typeof terms === "string" ? terms : JSON.stringify(terms));

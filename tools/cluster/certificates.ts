import "reflect-metadata";

import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { DAY_MS } from "../../shared/contract/time.ts";

/** A certificate and its private key, in PEM. */
export type KeyPair = { cert: string; key: string };

/** An authority for the certificates of one control plane. */
export type CertificateAuthority = {
  pem: string;
  /** A certificate for a server on this machine (127.0.0.1 and localhost). */
  serving(): Promise<KeyPair>;
  /** A client certificate. The API server reads the CN as the user and the O as the group. */
  client(commonName: string, organization?: string): Promise<KeyPair>;
};

// Go accepts ECDSA everywhere: for TLS, and for the tokens of service accounts.
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Makes a new authority, valid for a day from an hour ago. */
export const createAuthority = async (name: string): Promise<CertificateAuthority> => {
  const own = makeKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${name}`,
    issuer: `CN=${name}`,
    ...fields(own),
    signingKey: await signingKey(own.privateKey),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
    ],
  });
  const issue = async (subject: string, usage: ExtendedKeyUsage): Promise<KeyPair> => {
    const keys = makeKeys();
    const issued = await X509CertificateGenerator.create({
      subject,
      issuer: certificate.subject,
      ...fields(keys),
      signingKey: await signingKey(own.privateKey),
      extensions: [
        new BasicConstraintsExtension(false),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([usage]),
        new SubjectAlternativeNameExtension([
          { type: "ip", value: "127.0.0.1" },
          { type: "dns", value: "localhost" },
        ]),
      ],
    });
    return { cert: pemOf(issued), key: keys.privateKey };
  };
  return {
    pem: pemOf(certificate),
    serving: () => issue("CN=localhost", ExtendedKeyUsage.serverAuth),
    client: (commonName, organization) =>
      issue(
        organization === undefined ? `CN=${commonName}` : `CN=${commonName}, O=${organization}`,
        ExtendedKeyUsage.clientAuth,
      ),
  };
};

type Keys = { publicKey: Buffer; privateKey: string };

/** A P-256 key pair: the public key as DER, the private key as PEM. */
const makeKeys = (): Keys =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

/** A key pair in PEM, for the tokens of service accounts. */
export const makeTokenKeys = (): { publicKey: string; privateKey: string } =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

const fields = ({ publicKey }: Keys) => ({
  serialNumber: randomBytes(8).toString("hex"),
  notBefore: new Date(Date.now() - DAY_MS / 24),
  notAfter: new Date(Date.now() + DAY_MS),
  publicKey: new PublicKey(publicKey),
  signingAlgorithm: ALGORITHM,
});

const signingKey = (pem: string): Promise<webcrypto.CryptoKey> => {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  return webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
};

const pemOf = (certificate: X509Certificate): string => `${certificate.toString("pem")}\n`;

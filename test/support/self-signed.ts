import "reflect-metadata";

import { generateKeyPairSync } from "node:crypto";
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from "@peculiar/x509";

/** A certificate for this machine's own address, signed by itself, with its key. */
export const selfSigned = async (): Promise<{ cert: string; key: string }> => {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=localhost",
    notBefore: new Date("2026-01-01"),
    notAfter: new Date("2046-01-01"),
    signingAlgorithm: { ...algorithm, hash: "SHA-256" },
    keys: {
      privateKey: keys.privateKey.toCryptoKey(algorithm, true, ["sign"]),
      publicKey: keys.publicKey.toCryptoKey(algorithm, true, ["verify"]),
    },
    extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  return {
    cert: certificate.toString("pem"),
    key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
};

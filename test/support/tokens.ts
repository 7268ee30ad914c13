import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { SECOND_MS } from "../../shared/contract/time.ts";
import type { Answer } from "./app.ts";
import type { Server } from "./server.ts";
import { licenseBody } from "./wire.ts";

/** The lease token an operator is given at its start. */
export const leaseToken = async (server: Server, instanceId = "op-1"): Promise<string> => {
  const answer: Answer = await server.call("POST", "/api/v1/license", {
    body: licenseBody({ instance_id: instanceId }),
  });
  return answer.json.lease.token;
};

/** An access token of the agent of one instance, as the token function makes it. */
export const agentToken = async (server: Server, instanceId: string): Promise<string> => {
  const request = { subject: "agent", scopes: ["agent"], instance_id: instanceId, expires_in_secs: 366 * 86_400 };
  const answer = await server.askForToken(request);
  if (!answer.ok) throw new Error(JSON.stringify(answer.errors));
  return answer.token;
};

/**
 * Tokens that look like a lease of this server and are none, each by one difference; `good` has none, so that the
 * difference, and nothing else, is what a refusal is for.
 */
export const forgedTokens = async (server: Server, instanceId = "op-1"): Promise<{ good: string; forged: Forged }> => {
  const { kid, privateKey, publicKey } = server.leaseKey;
  const now = Math.floor(server.clock.now / SECOND_MS);
  const header = { alg: "EdDSA", typ: "lease+jwt", kid };
  const claims = {
    iss: "https://license.example.com",
    aud: "mirrord-operator",
    sub: instanceId,
    iat: now,
    exp: now + 3_600,
  };
  const sign = (changes: Record<string, unknown>, headers: object = {}, key: KeyObject | Uint8Array = privateKey) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header, ...headers }).sign(key);
  const stranger = generateKeyPairSync("ed25519").privateKey;
  const publicPem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
  const good = await sign({});
  const [head = "", body = "", signature = ""] = good.split(".");
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    good,
    forged: {
      "signed by another key": await sign({}, {}, stranger),
      "of another issuer": await sign({ iss: "https://elsewhere.example.com" }),
      "for another audience": await sign({ aud: "mirrord-admin" }),
      "of another kind": await sign({}, { typ: "access+jwt" }),
      "of no kind": await sign({}, { typ: undefined }),
      expired: await sign({ exp: now }),
      "without an end": await sign({ exp: undefined }),
      "not in force yet": await sign({ nbf: now + 60 }),
      "without a subject": await sign({ sub: undefined }),
      "of an unknown key id": await sign({}, { kid: "unknown" }),
      "of no key id": await sign({}, { kid: undefined }),
      "that is not signed (alg none)": `${part({ ...header, alg: "none" })}.${body}.`,
      "signed with the public key as a secret (HS256)": await sign({}, { alg: "HS256" }, publicPem),
      "with another operator written into it": `${head}.${part({ ...claims, sub: "op-2" })}.${signature}`,
      "without its signature": `${head}.${body}.`,
      "that is cut off": good.slice(0, -20),
      "that is no token": "not-a-token",
    },
  };
};

export type Forged = Readonly<Record<string, string>>;

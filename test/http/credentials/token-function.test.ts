import { readFile } from "node:fs/promises";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, importSPKI, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import { deriveKey } from "../../../shared/licensing/signing-keys.ts";
import { START } from "../../support/app.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer();

const REQUEST = { subject: "ci of team shop", scopes: ["reports:read", "seats:delete"], expires_in_secs: 900 };
const YEAR_SECONDS = 366 * 86_400;

const made = async (changes: object = {}) => {
  const answer = await server().askForToken({ ...REQUEST, ...changes });
  if (!answer.ok) throw new Error(JSON.stringify(answer.errors));
  return answer;
};

const faults = async (request: unknown): Promise<string[]> => {
  const answer = await server().askForToken(request);
  if (answer.ok) throw new Error("it was made");
  for (const { message } of answer.errors) expect(message).not.toBe("");
  return answer.errors.map(({ path }) => path).toSorted();
};

describe("the function that makes access tokens", () => {
  it("makes one that jose verifies with the public key that the seed in the secret gives", async () => {
    const answer = await made();
    const { seed } = JSON.parse(await readFile(server().accessSeedPath, "utf8")) as { seed: string };
    const spki = String(deriveKey(seed, "access").publicKey.export({ type: "spki", format: "pem" }));
    const { payload, protectedHeader } = await jwtVerify(answer.token, await importSPKI(spki, "EdDSA"), {
      issuer: "https://license.example.com",
      audience: "mirrord-license-server",
      typ: "access+jwt",
      algorithms: ["EdDSA"],
      currentDate: new Date(START),
    });
    expect(payload).toEqual({
      iss: "https://license.example.com",
      aud: "mirrord-license-server",
      sub: REQUEST.subject,
      jti: answer.token_id,
      iat: START / SECOND_MS,
      exp: START / SECOND_MS + 900,
      scope: "reports:read seats:delete",
    });
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "access+jwt", kid: expect.any(String) });
    expect(answer.expires_at).toBe(formatTime(START + 900 * SECOND_MS));
  });

  it("signs with a key that is published, and with another than the leases'", async () => {
    const { token } = await made();
    const { json } = await server().call("GET", "/.well-known/jwks.json", { key: undefined });
    const options = { currentDate: new Date(START) };
    await expect(jwtVerify(token, createLocalJWKSet(json), options)).resolves.toBeDefined();
    expect(json.keys).toHaveLength(2);
    expect(json.keys[0]).toEqual(server().leaseKey.jwk);
    expect(decodeProtectedHeader(token).kid).toBe(json.keys[1].kid);
    expect(json.keys[1].kid).not.toBe(json.keys[0].kid);
  });

  it("gives each token an id of its own, and makes one with every scope there is", async () => {
    const [one, other] = [await made(), await made({ scopes: SCOPES })];
    expect(one.token_id).not.toBe(other.token_id);
  });

  it.each([60, YEAR_SECONDS])("makes tokens of %i seconds", async (seconds) => {
    expect((await made({ expires_in_secs: seconds })).expires_at).toBe(formatTime(START + seconds * SECOND_MS));
  });

  it.each([59, YEAR_SECONDS + 1, 60.5, 0, -900, "900", null, undefined])(
    "makes none of %s seconds",
    async (expires_in_secs) => {
      expect(await faults({ ...REQUEST, expires_in_secs })).toEqual(["expires_in_secs"]);
    },
  );

  it.each([[[]], ["reports:read"], [["reports:write"]], [null], [undefined], [[...SCOPES, "audit:read"]]])(
    "makes none with the scopes %j",
    async (scopes) => {
      const [path] = await faults({ ...REQUEST, scopes });
      expect(path).toMatch(/^scopes/);
    },
  );

  it.each(["", "x".repeat(129), "a\nb", 7, null, undefined])("makes none for the subject %j", async (subject) => {
    expect(await faults({ ...REQUEST, subject })).toEqual(["subject"]);
  });

  it("makes an agent's token for one instance, and lists it with the instance", async () => {
    const { token, token_id } = await made({ scopes: ["agent"], instance_id: "cluster-1" });
    expect(decodeJwt(token)).toMatchObject({ scope: "agent", instance_id: "cluster-1" });
    const list = (await server().invokeToken({ list: true })) as { tokens: { token_id: string }[] };
    expect(list.tokens.find((each) => each.token_id === token_id)).toMatchObject({
      scopes: ["agent"],
      instance_id: "cluster-1",
    });
  });

  it.each([
    ["no instance", { scopes: ["agent"] }, ["instance_id"]],
    ["an instance that is no id", { scopes: ["agent"], instance_id: "a b" }, ["instance_id"]],
    ["an instance for other scopes", { instance_id: "cluster-1" }, ["instance_id"]],
    ["other scopes beside it", { scopes: ["agent", "seats:read"], instance_id: "cluster-1" }, ["scopes"]],
  ])("makes no agent's token with %s", async (_what, changes, paths) => {
    expect(await faults({ ...REQUEST, ...changes })).toEqual(paths);
  });

  it("tells every fault at once", async () => {
    const request = { subject: "", scopes: ["reports:read", "no:such", "nor:that"], expires_in_secs: 1, a: 1, b: 2 };
    expect(await faults(request)).toEqual(["a", "b", "expires_in_secs", "scopes.1", "scopes.2", "subject"]);
    expect(await faults({})).toEqual(["expires_in_secs", "scopes", "subject"]);
  });

  it.each([[null], ["a text"], [7], [[]], [undefined]])("has a fault to tell of %j", async (request) => {
    expect(await faults(request)).not.toEqual([]);
  });

  it("logs who got what, and never the token", async () => {
    const { token, token_id, expires_at } = await made();
    expect(server().logs).toContainEqual(
      expect.objectContaining({
        message: "access token made",
        token_id,
        subject: REQUEST.subject,
        scopes: REQUEST.scopes,
        expires_at,
      }),
    );
    const [, body = "", signature = ""] = token.split(".");
    const log = JSON.stringify(server().logs);
    for (const part of [token, body, signature]) expect(log).not.toContain(part);
  });
});

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { METRICS_NAMESPACE } from "../../../shared/contract/metrics.ts";
import { SECOND_MS } from "../../../shared/contract/time.ts";
import { deriveKey, type SigningKey } from "../../../shared/licensing/signing-keys.ts";
import { expectProblem } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { sendGood } from "../../support/requests.ts";
import { type Server, sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";

const server = sharedServer({ env: { DEPLOYMENT: "Blue" } });

const accessKey = async (app: Server): Promise<SigningKey> =>
  deriveKey((JSON.parse(await readFile(app.accessSeedPath, "utf8")) as { seed: string }).seed, "access");

/** Tokens that look like an access token of this server and are none, each by one difference; `good` has none. */
const forgedTokens = async (app: Server) => {
  const { kid, privateKey, publicKey } = await accessKey(app);
  const now = Math.floor(app.clock.now / SECOND_MS);
  const header = { alg: "EdDSA", typ: "access+jwt", kid };
  const claims = {
    iss: "https://license.example.com",
    aud: "mirrord-license-server",
    sub: "tester",
    jti: "t-1",
    iat: now,
    exp: now + 3_600,
    scope: "seats:read seats:delete audit:read",
  };
  const sign = (changes: object, headers: object = {}, key: KeyObject | Uint8Array = privateKey) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header, ...headers }).sign(key);
  const good = await sign({});
  const [head = "", body = "", signature = ""] = good.split(".");
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const publicPem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
  return {
    good,
    withMore: await sign({ scope: "seats:read of:the:future" }),
    forged: {
      "signed by another key": await sign({}, {}, generateKeyPairSync("ed25519").privateKey),
      "signed by the key of the leases": await sign({}, {}, app.leaseKey.privateKey),
      "signed by the key of the leases, under its key id": await sign(
        {},
        { kid: app.leaseKey.kid },
        app.leaseKey.privateKey,
      ),
      "of another issuer": await sign({ iss: "https://elsewhere.example.com" }),
      "for another audience": await sign({ aud: "mirrord-operator" }),
      "of another kind": await sign({}, { typ: "lease+jwt" }),
      "of no kind": await sign({}, { typ: undefined }),
      expired: await sign({ exp: now }),
      "without an end": await sign({ exp: undefined }),
      "not in force yet": await sign({ nbf: now + 60 }),
      "without a subject": await sign({ sub: undefined }),
      "without an id": await sign({ jti: undefined }),
      "without a scope": await sign({ scope: undefined }),
      "with an empty scope": await sign({ scope: "" }),
      "with a scope that nobody knows": await sign({ scope: "seats:write" }),
      "with a scope in another case": await sign({ scope: "SEATS:READ" }),
      "with scopes in a list": await sign({ scope: ["seats:read", "audit:read"] }),
      "of an unknown key id": await sign({}, { kid: "unknown" }),
      "of no key id": await sign({}, { kid: undefined }),
      "that is not signed (alg none)": `${part({ ...header, alg: "none" })}.${body}.`,
      "signed with the public key as a secret (HS256)": await sign({}, { alg: "HS256" }, publicPem),
      "with another scope written into it": `${head}.${part({ ...claims, scope: "license:read" })}.${signature}`,
      "without its signature": `${head}.${body}.`,
      "that is cut off": good.slice(0, -20),
      "that is no token": "not-a-token",
      "that is a lease": await leaseToken(app),
    },
  };
};

const ROUTES = ["seatList", "seatRelease", "auditList", "sessionList", "licenseGet", "usageReport"] as const;

describe("an access token", () => {
  it("made by the test as the server makes them is good, with scopes of another version beside its own, too", async () => {
    const { good, withMore } = await forgedTokens(server());
    expect((await sendGood(server(), "seatList", { bearer: good })).status).toBe(200);
    expect((await sendGood(server(), "auditList", { bearer: good })).status).toBe(200);
    expect((await sendGood(server(), "seatList", { bearer: withMore })).status).toBe(200);
    expectProblem(await sendGood(server(), "auditList", { bearer: withMore }), 403, "Forbidden");
  });

  it("that is not of this server opens nothing", async () => {
    const { forged } = await forgedTokens(server());
    for (const [what, bearer] of Object.entries(forged))
      for (const name of ROUTES) {
        const answer = await leavingNoTrace(server(), () => sendGood(server(), name, { bearer }));
        expect(answer.status, `${name}, a token ${what}`).toBe(401);
        expectProblem(answer, 401, "Unauthorized");
      }
  });

  it("is good until the second it expires in", async () => {
    const bearer = await server().accessToken(["seats:read"]);
    server().clock.now = START + 3_600 * SECOND_MS - 1;
    expect((await sendGood(server(), "seatList", { bearer })).status).toBe(200);
    server().clock.now += 1;
    expect((await sendGood(server(), "seatList", { bearer })).status).toBe(401);
    server().clock.now = START;
  });

  it("does not open what operators do, and no lease token what admins do", async () => {
    const bearer = await server().accessToken(["sessions:read", "seats:read"]);
    for (const name of ["sessionStart", "sessionEnd"] as const)
      expectProblem(await leavingNoTrace(server(), () => sendGood(server(), name, { bearer })), 401, "Unauthorized");
    for (const name of ["heartbeat", "licensePost"] as const)
      expectProblem(await leavingNoTrace(server(), () => sendGood(server(), name, { bearer })), 403, "Forbidden");
    const lease = await leaseToken(server());
    for (const name of ROUTES)
      expectProblem(
        await leavingNoTrace(server(), () => sendGood(server(), name, { bearer: lease })),
        401,
        "Unauthorized",
      );
  });
});

describe("a wrong credential", () => {
  const counted = (app: Server) => app.logs.filter((line) => "WrongCredentials" in line);
  const WRONG = {
    "license key": { key: "wrong-key-0123456789" },
    "empty license key": { key: "" },
    "bearer token": { bearer: "wrong-token-0123456789" },
    "kind of authorization": { key: undefined, headers: { authorization: "Basic d3Jvbmc6c2VjcmV0" } },
  };

  it.each(Object.entries(WRONG))(
    "%s is counted once, in CloudWatch's embedded metric format",
    async (_what, options) => {
      const before = counted(server()).length;
      await sendGood(server(), "seatList", options);
      const [line, ...more] = counted(server()).slice(before);
      expect(more).toEqual([]);
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
      expect(line).toMatchObject({
        WrongCredentials: 1,
        Deployment: "Blue",
        _aws: {
          Timestamp: START,
          CloudWatchMetrics: [
            {
              Namespace: METRICS_NAMESPACE,
              Dimensions: [["Deployment"]],
              Metrics: [{ Name: "WrongCredentials", Unit: "Count" }],
            },
          ],
        },
        route: "seatList",
        source_ip: "127.0.0.1",
      });
      expect(JSON.stringify(line)).not.toMatch(/wrong-|d3Jvbmc6/);
    },
  );

  it("is not counted where none was presented, the right one was, or it merely does not open the route", async () => {
    const before = counted(server()).length;
    await sendGood(server(), "seatList", { key: undefined });
    await sendGood(server(), "seatList");
    await sendGood(server(), "auditList");
    await sendGood(server(), "auditList", { bearer: await server().accessToken(["seats:read"]) });
    await sendGood(server(), "health", { key: "wrong" });
    expect(counted(server())).toHaveLength(before);
  });
});

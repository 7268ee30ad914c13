import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { SECOND_MS } from "../../../shared/contract/time.ts";
import { deriveKey } from "../../../shared/licensing/signing-keys.ts";
import { expectProblem } from "../../support/answers.ts";
import { LICENSE_KEY } from "../../support/app.ts";
import { runsOf } from "../../support/deep.ts";
import { sendGood } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { leaseToken } from "../../support/tokens.ts";

const server = sharedServer();

const wrongCredentials = () => server().logs.filter((line) => "WrongCredentials" in line).length;

describe("a guessed license key", () => {
  const end = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 4 }).filter((text) => text.trim() === text);
  const place = fc.nat(LICENSE_KEY.length - 1);
  const guess = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 80 }),
    place.map((at) => LICENSE_KEY.slice(0, at)),
    end.map((text) => LICENSE_KEY + text),
    end.map((text) => text + LICENSE_KEY),
    fc.tuple(place, end).map(([at, text]) => LICENSE_KEY.slice(0, at) + text + LICENSE_KEY.slice(at + 1)),
    fc.constantFrom(
      ` ${LICENSE_KEY}`,
      `${LICENSE_KEY}\n`,
      `${LICENSE_KEY}\0`,
      `"${LICENSE_KEY}"`,
      `Bearer ${LICENSE_KEY}`,
      Buffer.from(LICENSE_KEY).toString("base64"),
      encodeURIComponent(LICENSE_KEY).replace("a", "%61"),
      LICENSE_KEY.normalize("NFKD").replaceAll("a", "а"),
      "*",
      "undefined",
      "null",
      "true",
    ),
  );

  it("is refused, counted and kept out of the log, however near", async () => {
    await leavingNoTrace(server(), () =>
      fc.assert(
        fc.asyncProperty(guess, async (key) => {
          fc.pre(key !== LICENSE_KEY);
          const [counted, logged] = [wrongCredentials(), server().lines.length];
          expectProblem(await sendGood(server(), "operatorList", { key }), 401, "Unauthorized");
          expect(wrongCredentials()).toBe(counted + 1);
          const told = server().lines.slice(logged).join("\n");
          expect(told).not.toContain(LICENSE_KEY);
          if (key.length > 8) expect(told).not.toContain(key);
        }),
        { numRuns: runsOf(100) },
      ),
    );
  });
});

// Beside those of ../credentials/forged.test.ts and ../every-route/401.test.ts: tokens that bring their own key, or that
// would have a careless server find or parse something.
describe.each([
  { kind: "lease", audience: "mirrord-operator", route: "heartbeat", extra: {} },
  {
    kind: "access",
    audience: "mirrord-license-server",
    route: "seatList",
    extra: { jti: "t-1", scope: "seats:read seats:delete" },
  },
] as const)("a forged $kind token", ({ kind, audience, route, extra }) => {
  const stranger = generateKeyPairSync("ed25519");
  const jwk = stranger.publicKey.export({ format: "jwk" });
  let key: ReturnType<typeof deriveKey>;
  let claims: Record<string, unknown>;
  let good: string;

  beforeAll(async () => {
    const path = kind === "lease" ? server().seedPath : server().accessSeedPath;
    key = deriveKey((JSON.parse(await readFile(path, "utf8")) as { seed: string }).seed, kind);
    const now = Math.floor(server().clock.now / SECOND_MS);
    claims = {
      iss: "https://license.example.com",
      aud: audience,
      sub: "op-1",
      iat: now,
      exp: now + 3_600,
      ...extra,
    };
    good = await new SignJWT(claims).setProtectedHeader(header()).sign(key.privateKey);
    await leaseToken(server());
    expect((await sendGood(server(), route, { bearer: good })).status).toBe(200);
  });

  const header = () => ({ alg: "EdDSA", typ: `${kind}+jwt`, kid: key.kid });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const refused = async (bearer: string, what: string) => {
    const answer = await leavingNoTrace(server(), () => sendGood(server(), route, { bearer }));
    expect(answer.status, what).toBe(401);
    expectProblem(answer, 401, "Unauthorized");
  };
  const headers = (): Record<string, unknown>[] => [
    { ...header(), jwk },
    { ...header(), jku: "http://127.0.0.1:1/jwks.json" },
    { ...header(), x5u: "http://127.0.0.1:1/cert.pem", x5c: ["MIIB"] },
    { ...header(), kid: "../../../../dev/null" },
    { ...header(), kid: "' OR '1'='1" },
    { ...header(), kid: "__proto__" },
    { ...header(), kid: [key.kid] },
    { ...header(), kid: { toString: "x" } },
    { ...header(), kid: "x".repeat(5_000) },
    { ...header(), crit: ["exp"] },
    { ...header(), b64: false, crit: ["b64"] },
    { ...header(), zip: "DEF" },
    { ...header(), typ: "JWT", jwk },
  ];

  it("is refused whatever its header claims, and nothing is fetched for it", async () => {
    for (const head of headers()) {
      const token = await new SignJWT(claims).setProtectedHeader({ ...header() }).sign(stranger.privateKey);
      const [, body = ""] = token.split(".");
      const signed = `${part(head)}.${body}`;
      const { sign } = await import("node:crypto");
      const signature = sign(null, Buffer.from(signed), stranger.privateKey).toString("base64url");
      await refused(`${signed}.${signature}`, JSON.stringify(head).slice(0, 100));
    }
  });

  it("is refused under every algorithm but the one, in whatever case", async () => {
    const [, body = "", signature = ""] = good.split(".");
    for (const alg of [
      "none",
      "None",
      "NONE",
      "nOnE",
      "",
      "eddsa",
      "HS256",
      "HS512",
      "RS256",
      "ES256",
      "dir",
      "A128KW",
      null,
      0,
    ])
      for (const seal of ["", signature]) await refused(`${part({ ...header(), alg })}.${body}.${seal}`, `alg ${alg}`);
  });

  it("is refused with a character of it changed, taken out or put in", async () => {
    const alphabet = "ABCxyz019-_.=+/ ";
    const edit = fc.tuple(fc.nat(good.length - 3), fc.constantFrom(...alphabet, ""), fc.boolean());
    await fc.assert(
      fc.asyncProperty(edit, async ([at, character, replace]) => {
        const bearer = good.slice(0, at) + character + good.slice(replace ? at + 1 : at);
        // Spaces around it are the header's, not its own.
        fc.pre(bearer.trim() !== good);
        expectProblem(await sendGood(server(), route, { bearer }), 401, "Unauthorized");
      }),
      { numRuns: runsOf(80) },
    );
  });

  it("is refused in other wrappings of it", async () => {
    const [head = "", body = "", signature = ""] = good.split(".");
    const wrapped = [
      `${head}.${body}`,
      `${head}.${body}.${signature}.`,
      `${head}.${body}.${signature}.${signature}`,
      `${head}..${body}.${signature}.`,
      `.${body}.${signature}`,
      `${head}..${signature}`,
      `${part("text")}.${body}.${signature}`,
      `${part(null)}.${body}.${signature}`,
      `${part([])}.${part([])}.${signature}`,
      Buffer.from(good).toString("base64url"),
      part({ protected: head, payload: body, signature }),
      "a.b.c",
      "..",
      `${"A".repeat(60_000)}.${body}.${signature}`,
    ];
    for (const bearer of wrapped) await refused(bearer, bearer.slice(0, 60));
  });

  it("is refused where it was made by another server of the same address", async () => {
    const other = deriveKey("the-seed-of-another-server-0123456789-0123456789", kind);
    const under = (kid: string) => new SignJWT(claims).setProtectedHeader({ ...header(), kid }).sign(other.privateKey);
    await refused(await under(other.kid), "its own key id");
    await refused(await under(key.kid), "this server's key id");
  });
});

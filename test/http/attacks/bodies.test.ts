import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { AGENT_REQUEST_EXAMPLES, REQUEST_EXAMPLES } from "../../../shared/contract/examples.ts";
import { SCOPES } from "../../../shared/contract/scopes.ts";
import { expectProblem } from "../../support/answers.ts";
import { hostileJson } from "../../support/attacks/hostile.ts";
import { withstanding } from "../../support/attacks/withstand.ts";
import { runsOf } from "../../support/deep.ts";
import { BODY_ROUTES, CATALOG_ROUTES, goodRequest, sendGood } from "../../support/requests.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer();
const withstands = withstanding(server);

type Name = keyof typeof REQUEST_EXAMPLES;
const ALL = Object.keys(REQUEST_EXAMPLES) as Name[];
const BODIES = ALL.filter((name) => BODY_ROUTES.includes(name));

// Each notes what it first sees: license, keys.
beforeAll(async () => {
  for (const name of BODIES) await sendGood(server(), name);
});

type Path = readonly (string | number)[];

const pathsIn = (value: unknown, at: Path = []): Path[] => [
  at,
  ...(typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...at, Array.isArray(value) ? Number(key) : key]))
    : []),
];

const HOLE = "a-place-for-hostile-json";

/** The text of a value with another at a path, which is given as text: it may be what no value is. */
const withAt = (value: unknown, path: Path, json: string): string => {
  const [first, ...rest] = path;
  if (first === undefined) return json;
  const copy: unknown[] | Record<string, unknown> = Array.isArray(value) ? [...value] : { ...Object(value) };
  const text = JSON.stringify(Object.assign(copy, { [first]: HOLE }));
  return text.replace(JSON.stringify(HOLE), () => withAt(Object(value)[first], rest, json));
};

describe("a body of an agent's heartbeat", () => {
  it("with anything in place of any part of it is taken or refused, and where it is refused changes nothing", async () => {
    const example: Record<string, unknown> = AGENT_REQUEST_EXAMPLES.heartbeat;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pathsIn(example)), hostileJson, async (at, json) => {
        await withstands(() => server().call("POST", "/api/v1/heartbeat", { raw: withAt(example, at, json) }));
      }),
      { numRuns: runsOf(40) },
    );
  });
});

describe.each(ALL)("a body of %s", (name) => {
  const send = async (raw: string) => {
    const { method, path } = goodRequest(name, server().clock.now);
    const bearer = CATALOG_ROUTES.includes(name) ? { bearer: await server().accessToken(SCOPES) } : {};
    return server().call(method, path, { raw, ...bearer });
  };
  const example: Record<string, unknown> = REQUEST_EXAMPLES[name];
  const path = fc.constantFrom(...pathsIn(example));

  it("with anything in place of any part of it is taken or refused, and where it is refused changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(path, hostileJson, async (at, json) => {
        await withstands(() => send(withAt(example, at, json)));
      }),
      { numRuns: runsOf(40) },
    );
  });

  it("with any key too many, or one of its own twice, is taken or refused alike", async () => {
    const key = fc.oneof(
      fc.constantFrom("__proto__", "constructor", "prototype", "toString", "", "$ref", "instance_id", "sent_at"),
      fc.constantFrom(...Object.keys(example)),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(key, hostileJson, fc.boolean(), async (extra, json, last) => {
        const rest = JSON.stringify(example).slice(1, -1);
        const member = `${JSON.stringify(extra)}:${json}`;
        await withstands(() => send(last ? `{${rest},${member}}` : `{${member},${rest}}`));
        expect(Object.keys(Object.prototype)).toEqual([]);
        expect({}).not.toHaveProperty("admin");
      }),
      { numRuns: runsOf(20) },
    );
  });
});

describe.each(BODIES)("a body of %s", (name) => {
  const example: Record<string, unknown> = REQUEST_EXAMPLES[name];

  it("of any bytes at all is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const { path: at } = goodRequest(name, server().clock.now);
        for (const type of ["application/json", "application/vnd.mirrord+json"]) {
          const answer = await server().sendBytes(at, bytes, { headers: { "content-type": type } });
          expectProblem(answer, 400, "BadRequest");
        }
      }),
      { numRuns: runsOf(10) },
    );
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", (body: Buffer) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ] as const)("that is compressed (%s) is refused unread: nothing here inflates", async (encoding, compress) => {
    // 2 MB of blanks, of which a few KB travel.
    const bomb = compress(Buffer.from(`${JSON.stringify(example)}${" ".repeat(2 * 1024 * 1024)}`));
    const { path: at } = goodRequest(name, server().clock.now);
    for (const type of ["application/json", "application/vnd.mirrord+json"]) {
      const headers = { "content-type": type, "content-encoding": encoding };
      const answer = await leavingNoTrace(server(), () => server().sendBytes(at, bomb, { headers }));
      expectProblem(answer, 415, "UnsupportedMediaType");
      expect(answer.headers["accept-encoding"]).toBe("identity");
      expect(answer.json.detail).toContain("compressed");
    }
  });

  it("that says it is not compressed is read", async () => {
    const { path: at } = goodRequest(name, server().clock.now);
    for (const encoding of ["identity", " Identity ", ""]) {
      const headers = { "content-type": "application/json", "content-encoding": encoding };
      const answer = await server().sendBytes(at, Buffer.from(JSON.stringify(example)), { headers });
      expect(answer.status).not.toBe(415);
    }
  });
});

describe("an event whose body is said to be base64 and is not", () => {
  it.each(["%%%%", "{}", "e30", "e30=====", "e\n30=", "\u2028", "é"])("%j never fails the server", async (body) => {
    const send = (isBase64Encoded: boolean) =>
      server().deliver({
        version: "2.0",
        routeKey: "POST /api/v1/license",
        rawPath: "/api/v1/license",
        rawQueryString: "",
        headers: { "x-license-key": "a-license-key-for-tests-0123456789", "content-type": "application/json" },
        requestContext: {
          accountId: "0",
          apiId: "test",
          domainName: "test",
          domainPrefix: "test",
          http: { method: "POST", path: "/api/v1/license", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "" },
          requestId: "r-1",
          routeKey: "POST /api/v1/license",
          stage: "$default",
          time: "",
          timeEpoch: 0,
        },
        body,
        isBase64Encoded,
      });
    for (const encoded of [true, false]) expect((await send(encoded)).statusCode).toBe(400);
  });
});

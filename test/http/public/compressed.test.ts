import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { create as createDashboard } from "../../../functions/dashboard/handler.ts";
import { create as createPublic } from "../../../functions/public/handler.ts";
import type { FrontEvent } from "../../../shared/http/request.ts";
import { createRuntime } from "../../../shared/http/runtime.ts";
import { type Invoke, startGateway } from "../../../tools/local/gateway.ts";
import { replyOf } from "../../../tools/local/reply.ts";
import { BALANCER_EVENT, HTTP_API_EVENT, REST_API_EVENT } from "../../support/front-events.ts";
import { sharedServer } from "../../support/server.ts";

const server = sharedServer();

const DECODE: Record<string, (bytes: Buffer) => Buffer> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  identity: (bytes) => bytes,
};
const ENCODINGS = Object.keys(DECODE);
const COMPRESSED = ENCODINGS.filter((name) => name !== "identity");
const MAX_BYTES = 250 * 1024;

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  server().call(method, path, { key: undefined, headers });
const getAs = (path: string, encoding: string, headers: Record<string, string> = {}) =>
  get(path, { "accept-encoding": encoding, ...headers });

describe.each(["/dashboard", "/openapi.json"])("GET %s", (path) => {
  it.each(COMPRESSED)("is the same document in %s, of at most 250 KB", async (encoding) => {
    const [plain, encoded] = [await get(path), await getAs(path, encoding)];
    expect([plain.status, encoded.status]).toEqual([200, 200]);
    expect(plain.headers).not.toHaveProperty("content-encoding");
    expect(encoded.headers["content-encoding"]).toBe(encoding);
    expect(encoded.headers["content-type"]).toBe(plain.headers["content-type"]);
    expect(DECODE[encoding]?.(encoded.bytes).toString("utf8")).toBe(plain.text);
    expect(encoded.bytes.length).toBeLessThanOrEqual(MAX_BYTES);
    expect(encoded.bytes.length).toBeLessThan(plain.bytes.length / 2);
  });

  it("has a tag of its own for each encoding, and says what the answer depends on", async () => {
    const answers = await Promise.all(ENCODINGS.map((encoding) => getAs(path, encoding)));
    for (const { headers } of answers)
      expect([headers["vary"], headers["etag"]]).toEqual(["accept-encoding", expect.stringMatching(/^"[\w-]+"$/)]);
    expect(new Set(answers.map(({ headers }) => headers["etag"])).size).toBe(ENCODINGS.length);
  });

  it.each(ENCODINGS)(
    "answers 304 to a caller that has the same version in %s, and to no other tag",
    async (encoding) => {
      const { etag = "", ...full } = (await getAs(path, encoding)).headers;
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const same = await getAs(path, encoding, { "if-none-match": known });
        expect([same.status, same.text, same.headers["etag"], same.headers["vary"]]).toEqual([
          304,
          "",
          etag,
          "accept-encoding",
        ]);
        expect(same.headers["cache-control"]).toBe(full["cache-control"]);
        expect(same.headers).not.toHaveProperty("content-encoding");
      }
      for (const other of ENCODINGS.filter((name) => name !== encoding))
        expect((await getAs(path, other, { "if-none-match": etag })).status).toBe(200);
    },
  );

  it.each(ENCODINGS)("answers HEAD as GET in %s, without a body", async (encoding) => {
    const answer = await get(path, { "accept-encoding": encoding }, "HEAD");
    const { "x-request-id": _get, ...headers } = (await getAs(path, encoding)).headers;
    expect([answer.status, answer.bytes.length]).toEqual([200, 0]);
    expect(answer.headers).toMatchObject(headers);
  });
});

describe("through each front", () => {
  const without = { body: null, isBase64Encoded: false };
  const FRONTS: [front: string, event: (path: string) => FrontEvent][] = [
    [
      "an HTTP API",
      (path) => {
        const { requestContext, headers, ...event } = HTTP_API_EVENT;
        const http = { ...requestContext.http, method: "GET", path };
        const { body: _body, ...rest } = event;
        return {
          ...rest,
          rawPath: path,
          rawQueryString: "",
          headers: { ...headers, "accept-encoding": "gzip;q=1, br;q=0.2" },
          requestContext: { ...requestContext, http },
          isBase64Encoded: false,
        };
      },
    ],
    [
      "a REST API, which keeps the case of headers",
      (path) => ({
        ...REST_API_EVENT,
        ...without,
        httpMethod: "GET",
        path,
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
        headers: { ...REST_API_EVENT.headers, "Accept-Encoding": "br;q=0.2" },
        multiValueHeaders: { ...REST_API_EVENT.multiValueHeaders, "Accept-Encoding": ["gzip;q=1", "br;q=0.2"] },
      }),
    ],
    [
      "a load balancer",
      (path) => ({
        ...BALANCER_EVENT,
        ...without,
        httpMethod: "GET",
        path,
        multiValueQueryStringParameters: {},
        multiValueHeaders: { ...BALANCER_EVENT.multiValueHeaders, "accept-encoding": ["gzip;q=1, br;q=0.2"] },
      }),
    ],
  ];
  const handlers: Record<string, (event: FrontEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2>> =
    {
      "/dashboard": createDashboard(createRuntime("dashboard")),
      "/openapi.json": createPublic(createRuntime("public")),
    };

  it.each(FRONTS)("%s, the compressed bytes arrive as they are", async (_front, eventOf) => {
    for (const [path, handler] of Object.entries(handlers)) {
      const result = await handler(eventOf(path), {} as Context);
      expect(result).toMatchObject({ statusCode: 200, isBase64Encoded: true, headers: { "content-encoding": "gzip" } });
      // The local server makes its reply of the same result.
      const { body } = replyOf(result);
      expect(gunzipSync(body).toString("utf8")).toBe((await get(path)).text);
    }
  });

  it("the local server, a client gets the document that it would get uncompressed", async () => {
    const invoke: Invoke = (_name, event, context) => {
      const handler = handlers[event.rawPath];
      if (handler === undefined) throw new Error(`no handler of ${event.rawPath}`);
      return handler(event, context);
    };
    const onFailure = (_name: string, error: unknown) => expect(error).toBeUndefined();
    const options = { address: "127.0.0.1", port: 0, basePath: "", tls: undefined, invoke, onFailure };
    const gateway = await startGateway(options);
    try {
      for (const path of Object.keys(handlers)) {
        const answer = await fetch(`http://127.0.0.1:${gateway.port}${path}`, { headers: { "accept-encoding": "br" } });
        expect(answer.headers.get("content-encoding")).toBe("br");
        expect(await answer.text()).toBe((await get(path)).text);
      }
    } finally {
      await gateway.close(0);
    }
  });
});

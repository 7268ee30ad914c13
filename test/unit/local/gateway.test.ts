import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect, type SecureVersion } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Gateway,
  type GatewayOptions,
  type Invoke,
  MAX_PAYLOAD_BYTES,
  startGateway,
} from "../../../tools/local/gateway.ts";
import { MAX_RESULT_BYTES } from "../../../tools/local/reply.ts";
import { selfSigned } from "../../support/self-signed.ts";

const gateways: Gateway[] = [];
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close(0)));
});

const serve = async (invoke: Invoke, options: Partial<GatewayOptions> = {}) => {
  const failures: unknown[] = [];
  const gateway = await startGateway({
    address: "127.0.0.1",
    port: 0,
    basePath: "",
    tls: undefined,
    invoke,
    onFailure: (_name, error) => failures.push(error),
    ...options,
  });
  gateways.push(gateway);
  return { gateway, failures, url: `http://127.0.0.1:${gateway.port}` };
};

const echo: Invoke = async (name, event, context) => ({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    name,
    body: event.body,
    path: event.rawPath,
    id: context.awsRequestId === event.requestContext.requestId,
    remaining: context.getRemainingTimeInMillis(),
  }),
});

describe("the local gateway", () => {
  it("hands a request to the function of its route, with the time it has", async () => {
    const { url } = await serve(echo);
    const response = await fetch(`${url}/api/v1/license`, { method: "POST", body: "text" });
    const answer = (await response.json()) as Record<string, unknown>;
    expect(answer).toMatchObject({ name: "license", body: "text", path: "/api/v1/license", id: true });
    expect(answer["remaining"]).toBeGreaterThan(28_000);
    expect(answer["remaining"]).toBeLessThanOrEqual(29_000);
    expect(response.headers.get("apigw-requestid")).toBeTruthy();
  });

  it("decodes a body in base64 and gives each cookie a header", async () => {
    const bytes = Buffer.from([0, 255, 128]);
    const { url } = await serve(async () => ({
      statusCode: 201,
      headers: { "Content-Type": "application/octet-stream", "Content-Length": "999" },
      cookies: ["a=1", "b=2"],
      body: bytes.toString("base64"),
      isBase64Encoded: true,
    }));
    const response = await fetch(`${url}/health`);
    expect(response.status).toBe(201);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("answers HEAD without a body, and without a length that GET would not have", async () => {
    const { url } = await serve(async () => ({ statusCode: 200, body: "" }));
    const response = await fetch(`${url}/health`, { method: "HEAD" });
    expect([response.status, response.headers.get("content-length")]).toEqual([200, null]);
  });

  it("adds the slash that is missing after the base path", async () => {
    const { url } = await serve(echo, { basePath: "/prefix" });
    const response = await fetch(`${url}/prefix`, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([308, "/prefix/"]);
  });

  it("makes JSON of a result that is no response", async () => {
    const { url } = await serve(async () => ({ plain: true }));
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { plain: true }]);
  });

  it("answers a function's exception with a bare 500 and tells it to the log", async () => {
    const { url, failures } = await serve(async () => {
      throw new Error("internal detail");
    });
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.json()]).toEqual([500, { message: "Internal Server Error" }]);
    expect(failures).toEqual([new Error("internal detail")]);
  });

  it.each([
    { statusCode: 99 },
    { statusCode: "200" },
    { statusCode: 200, headers: { "x-broken": "a\r\nset-cookie: b" } },
  ])("answers 500 for a result that HTTP cannot carry: %j", async (result) => {
    const { url, failures } = await serve(async () => result);
    expect((await fetch(`${url}/health`)).status).toBe(500);
    expect(failures).toHaveLength(1);
  });

  it("gives an answer without a body no length", async () => {
    const { url } = await serve(async () => ({ statusCode: 204 }));
    expect((await fetch(`${url}/health`)).headers.has("content-length")).toBe(false);
  });

  it("serves HTTPS, from TLS 1.2 on", async () => {
    const tls = await selfSigned();
    const { gateway } = await serve(echo, { tls });
    const protocolOf = (version: SecureVersion): Promise<string | null> => {
      const limits = { minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" };
      const socket = connect({ host: "127.0.0.1", port: gateway.port, rejectUnauthorized: false, ...limits });
      return once(socket, "secureConnect")
        .then(() => socket.getProtocol())
        .finally(() => socket.destroy());
    };
    expect(await protocolOf("TLSv1.3")).toBe("TLSv1.3");
    expect(await protocolOf("TLSv1.2")).toBe("TLSv1.2");
    await expect(protocolOf("TLSv1.1")).rejects.toThrow();
  });

  it("answers 500 for a result larger than Lambda lets through", async () => {
    const { url } = await serve(async () => ({ statusCode: 200, body: "x".repeat(MAX_RESULT_BYTES + 1) }));
    expect((await fetch(`${url}/health`)).status).toBe(500);
  });

  it("answers 503 when the function takes too long", async () => {
    const { url } = await serve(() => new Promise(() => undefined), { integrationTimeoutMs: 20 });
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.json()]).toEqual([503, { message: "Service Unavailable" }]);
  });

  it("takes a body of 10 MiB and answers 413 for one byte more, without calling the function", async () => {
    let calls = 0;
    const { url } = await serve(async () => {
      calls++;
      return { statusCode: 204 };
    });
    const post = (bytes: number) => fetch(`${url}/api/v1/license`, { method: "POST", body: "x".repeat(bytes) });
    expect((await post(MAX_PAYLOAD_BYTES)).status).toBe(204);
    const refused = await post(MAX_PAYLOAD_BYTES + 1);
    expect([refused.status, await refused.json()]).toEqual([413, { message: "Request Entity Too Large" }]);
    expect(calls).toBe(1);
  });

  it("answers 404 itself outside the base path, and 400 for a path that cannot be decoded", async () => {
    const { url, gateway } = await serve(echo, { basePath: "/prefix" });
    const outside = await fetch(`${url}/health`);
    expect([outside.status, await outside.json()]).toEqual([404, { message: "Not Found" }]);
    expect(await (await fetch(`${url}/prefix/health`)).json()).toMatchObject({ name: "public", path: "/health" });
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    httpRequest({ port: gateway.port, path: "/%E0" }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
    expect(await promise).toBe(400);
  });

  it("answers what is under way before it closes, and takes no more after", async () => {
    const { promise: called, resolve: markCalled } = Promise.withResolvers<void>();
    const { promise: release, resolve: finish } = Promise.withResolvers<void>();
    const { url, gateway } = await serve(async () => {
      markCalled();
      await release;
      return { statusCode: 200, body: "done" };
    });
    const underWay = fetch(`${url}/health`);
    await called;
    const closed = gateway.close(10_000);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    finish();
    const response = await underWay;
    expect(await response.text()).toBe("done");
    expect(response.headers.get("connection")).toBe("close");
    await closed;
    gateways.length = 0;
  });
});

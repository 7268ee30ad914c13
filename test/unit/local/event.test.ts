import { describe, expect, it } from "vitest";
import { type ReceivedRequest, toEvent } from "../../../tools/local/event.ts";
import { routeTarget } from "../../../tools/local/route-key.ts";

const request = (changes: Partial<ReceivedRequest> = {}): ReceivedRequest => ({
  method: "POST",
  path: "/api/v1/sessions",
  rawQuery: "",
  headers: { host: ["localhost:8080"], "content-type": ["application/json"] },
  body: Buffer.from("{}"),
  sourceIp: "127.0.0.1",
  secure: false,
  port: 8080,
  ...changes,
});

const eventOf = (changes: Partial<ReceivedRequest> = {}) => {
  const given = request(changes);
  return toEvent(given, routeTarget(given.method, given.path), {
    requestId: "request-1",
    nowMs: Date.UTC(2026, 10, 2, 3, 4, 5),
  });
};

describe("the event of a request", () => {
  it("carries the request context in API Gateway's form", () => {
    expect(eventOf({ headers: { host: ["localhost:8080"], "user-agent": ["curl/8"] } }).requestContext).toEqual({
      accountId: "000000000000",
      apiId: "local",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: {
        method: "POST",
        path: "/api/v1/sessions",
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: "curl/8",
      },
      requestId: "request-1",
      routeKey: "POST /api/v1/sessions",
      stage: "$default",
      time: "02/Nov/2026:03:04:05 +0000",
      timeEpoch: Date.UTC(2026, 10, 2, 3, 4, 5),
    });
  });

  it("joins the values of a header that came twice with a comma", () => {
    expect(eventOf({ headers: { "x-license-key": ["one", "two"] } }).headers["x-license-key"]).toBe("one,two");
  });

  it("moves cookies out of the headers", () => {
    const event = eventOf({ headers: { cookie: ["a=1; b=2"] } });
    expect(event.cookies).toEqual(["a=1", "b=2"]);
    expect(event.headers).not.toHaveProperty("cookie");
  });

  it("keeps the query raw beside its decoded parameters, those that repeat joined by a comma", () => {
    const event = eventOf({ rawQuery: "user=a%20b&user=c&empty" });
    expect(event.rawQueryString).toBe("user=a%20b&user=c&empty");
    expect(event.queryStringParameters).toEqual({ user: "a b,c", empty: "" });
  });

  it("has no query parameters, cookies or body where the request has none", () => {
    const event = eventOf({ method: "GET", path: "/health", body: Buffer.alloc(0) });
    expect(event).not.toHaveProperty("queryStringParameters");
    expect(event).not.toHaveProperty("cookies");
    expect(event).not.toHaveProperty("body");
    expect(event.isBase64Encoded).toBe(false);
  });

  it("survives a query parameter named like an object's prototype", () => {
    const parameters = eventOf({ rawQuery: "__proto__=1" }).queryStringParameters;
    expect(Object.keys(parameters ?? {})).toEqual(["__proto__"]);
  });

  it.each(["application/json; charset=utf-8", "text/plain", "application/xml"])("hands over %s as text", (type) => {
    const event = eventOf({ headers: { "content-type": [type] }, body: Buffer.from("grüß") });
    expect([event.body, event.isBase64Encoded]).toEqual(["grüß", false]);
  });

  it.each(["application/octet-stream", "application/x-www-form-urlencoded", undefined])(
    "hands over %s in base64",
    (type) => {
      const body = Buffer.from([0xff, 0x00, 0x80]);
      const event = eventOf({ headers: type === undefined ? {} : { "content-type": [type] }, body });
      expect([event.body, event.isBase64Encoded]).toEqual([body.toString("base64"), true]);
    },
  );

  it("names the client and the scheme as a proxy does, and drops what concerns the connection", () => {
    const { headers } = eventOf({
      headers: { connection: ["keep-alive"], "transfer-encoding": ["chunked"], "x-forwarded-for": ["10.0.0.1"] },
      secure: true,
    });
    expect(headers).toEqual({
      "content-length": "2",
      "x-forwarded-for": "10.0.0.1, 127.0.0.1",
      "x-forwarded-port": "8080",
      "x-forwarded-proto": "https",
    });
  });
});

describe("the route of a request", () => {
  it("is the one API Gateway would choose", () => {
    expect(routeTarget("GET", "/health")).toEqual({ function: "public", routeKey: "GET /health" });
    expect(routeTarget("HEAD", "/health")).toEqual({ function: "public", routeKey: "HEAD /health" });
    expect(routeTarget("POST", "/api/v1/sessions/a/b/end")).toEqual({
      function: "sessions",
      routeKey: "POST /api/v1/sessions/{proxy+}",
      pathParameters: { proxy: "a/b/end" },
    });
  });

  it.each([
    ["HEAD", "/api/v1/heartbeat"],
    ["OPTIONS", "/health"],
    ["DELETE", "/api/v1/license"],
    ["DELETE", "/api/v1/sessions/"],
    ["GET", "/nowhere"],
  ])("is $default for %s %s", (method, path) => {
    expect(routeTarget(method, path)).toEqual({ function: "fallback", routeKey: "$default" });
  });

  it("is $default for a slash too many, and leads to the function at once", () => {
    expect(routeTarget("GET", "/health/")).toEqual({ function: "public", routeKey: "$default" });
    expect(routeTarget("POST", "/api/v1/sessions/")).toEqual({ function: "sessions", routeKey: "$default" });
  });
});

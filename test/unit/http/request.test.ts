import { describe, expect, it } from "vitest";
import { type FrontEvent, toApiRequest } from "../../../shared/http/request.ts";
import { BALANCER_EVENT, HTTP_API_EVENT, REST_API_EVENT } from "../../support/front-events.ts";

const FRONTS: readonly [front: string, event: FrontEvent][] = [
  ["an HTTP API", HTTP_API_EVENT],
  ["a REST API", REST_API_EVENT],
  ["a load balancer", BALANCER_EVENT],
];

const READ = ["accept", "content-type", "host", "user-agent", "x-license-key", "x-note", "X-Note", "authorization"];

describe("one request through three fronts", () => {
  it.each(FRONTS)("is the same through %s", (_front, event) => {
    const { header, query, body, ...rest } = toApiRequest(event);
    expect(rest).toMatchObject({ method: "POST", path: "/api/v1/sessions/a/b//c d/end", sourceIp: "198.51.100.9" });
    expect([...query.parameters]).toEqual([
      ["tag", "1+2"],
      ["tag", "a b"],
      ["name", "ä"],
    ]);
    expect(query.faults).toEqual([]);
    expect(Buffer.from(body).toString("utf8")).toBe('{"a":"ä"}');
    expect(READ.filter((name) => name !== "host").map(header)).toEqual([
      "application/json",
      "application/json",
      "agent",
      "the key",
      "value1,value2",
      undefined,
      undefined,
    ]);
  });

  it("has the id that its front logs", () => {
    expect(FRONTS.map(([, event]) => toApiRequest(event).id)).toEqual([
      "JKJaXmPLvHcESHA=",
      "77375676-xmpl-4b79-853a-f982474efe18",
      "Root=1-5c536348-3d683b8b04734faae651f476",
    ]);
  });

  // The resource policy of a private API decides who may connect.
  it("has had its address checked by a REST API alone", () => {
    expect(FRONTS.map(([, event]) => toApiRequest(event).addressChecked)).toEqual([false, true, false]);
  });
});

describe("an event in another form", () => {
  it("of a load balancer without several values for a header is read, too", () => {
    const { multiValueHeaders, multiValueQueryStringParameters, ...event } = BALANCER_EVENT;
    const request = toApiRequest({
      ...event,
      queryStringParameters: { tag: "a%2Bb", name: "%C3%A4" },
      headers: { "x-license-key": "the key", "x-forwarded-for": "203.0.113.7" },
      body: "plain",
      isBase64Encoded: false,
    });
    expect([...request.query.parameters]).toEqual([
      ["tag", "a+b"],
      ["name", "ä"],
    ]);
    expect([request.header("x-license-key"), request.sourceIp]).toEqual(["the key", "203.0.113.7"]);
    expect(Buffer.from(request.body).toString()).toBe("plain");
  });

  it("of a health check of a load balancer has neither query nor address", () => {
    const { multiValueQueryStringParameters, ...event } = BALANCER_EVENT;
    const request = toApiRequest({
      ...event,
      path: "/health",
      multiValueHeaders: { "user-agent": ["ELB-HealthChecker/2.0"] },
    });
    expect([request.path, request.sourceIp, request.query.parameters.size]).toEqual(["/health", "", 0]);
  });

  it("of a REST API without query and body has null in their places", () => {
    const request = toApiRequest({
      ...REST_API_EVENT,
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      body: null,
      isBase64Encoded: false,
    });
    expect([request.query.parameters.size, request.body.byteLength]).toEqual([0, 0]);
  });

  it("with bytes that are not UTF-8 has replacement characters in its path and faults in its query", () => {
    const rest = toApiRequest({
      ...REST_API_EVENT,
      path: "/a%ff%C3%A4%zz",
      multiValueQueryStringParameters: { "a\ufffd": ["x"], b: ["\ufffd"] },
      queryStringParameters: null,
    });
    expect(rest.path).toBe("/a\ufffdä%zz");
    expect(rest.query.faults).toEqual([
      { path: "query", message: "has a parameter whose name is not valid UTF-8" },
      { path: "query.b", message: "is not valid UTF-8" },
    ]);
    const balancer = toApiRequest({ ...BALANCER_EVENT, multiValueQueryStringParameters: { b: ["%ff"] } });
    expect(balancer.query.faults).toEqual([{ path: "query.b", message: "is not valid UTF-8" }]);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LICENSE_KEY } from "../../support/app.ts";
import { frontPerTest, requestText } from "../../support/attacks/front.ts";
import { runsOf } from "../../support/deep.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";
import { licenseBody } from "../../support/wire.ts";

const server = sharedServer();
const front = frontPerTest(server);

const KEYED: readonly [string, string] = ["x-license-key", LICENSE_KEY];

const NAMES = [
  "x-license-key",
  "authorization",
  "accept",
  "content-type",
  "content-encoding",
  "user-agent",
  "cookie",
  "origin",
  "referer",
  "range",
  "if-none-match",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-http-method-override",
  "x-original-url",
  "x-rewrite-url",
  "x-request-id",
  "x-amzn-trace-id",
  "forwarded",
  "host",
  "__proto__",
  "constructor",
];

// Any byte that a header line can be made of, those that HTTP forbids in it included.
const anyValue = fc
  .uint8Array({ maxLength: 120 })
  .map((bytes) => String.fromCharCode(...bytes.filter((byte) => byte !== 0x0a && byte !== 0x0d)));
const value = fc.oneof(
  anyValue,
  fc.constantFrom("", LICENSE_KEY, "DELETE", "/api/v1/audit", "*/*;q=1e9", "text/plain;;;q=,", "a".repeat(9_000)),
);
const headers = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 6 });

const presents = (sent: readonly (readonly [string, string])[]): boolean => {
  const keys = sent.filter(([name]) => name === "x-license-key");
  return keys.length === 1 && keys[0]?.[1] === LICENSE_KEY;
};

describe("headers of any content", () => {
  it("open nothing to whoever does not present the key, exactly and once, and leave nothing behind", async () => {
    const { send, failures } = front();
    await leavingNoTrace(server(), () =>
      fc.assert(
        fc.asyncProperty(headers, async (sent) => {
          fc.pre(!presents(sent));
          const { status, body } = await send(requestText("GET", "/api/v1/operators", sent));
          // 400 and 431 are the front's own; API Gateway has the like.
          expect([400, 401, 431]).toContain(status);
          expect(body).not.toContain(`"operators":`);
        }),
        { numRuns: runsOf(60) },
      ),
    );
    expect(failures).toEqual([]);
  });

  it("beside the key change neither method nor path, and fail nothing", async () => {
    const { send, failures } = front();
    await fc.assert(
      fc.asyncProperty(headers, async (sent) => {
        const others = sent.filter(([name]) => name !== "x-license-key");
        const { status, body } = await send(requestText("GET", "/api/v1/operators", [KEYED, ...others]));
        expect([200, 400, 431]).toContain(status);
        if (status === 200) expect(JSON.parse(body)).toEqual({ operators: [], next: null });
      }),
      { numRuns: runsOf(40) },
    );
    expect(failures).toEqual([]);
  });

  it("come back in no answer's headers", async () => {
    const { send } = front();
    const tricks = ["x%0d%0ax-injected:%201", "x\u0085x-injected: 1", "forged.example.com"];
    for (const trick of tricks)
      for (const name of ["host", "origin", "x-request-id", "accept", "x-forwarded-host"]) {
        const { head } = await send(requestText("GET", `/api/v1/reports/usage?format=csv`, [KEYED, [name, trick]]));
        expect(head).not.toMatch(/x-injected|forged/i);
      }
  });

  it("that are too long or too many are refused by the front", async () => {
    const { send } = front();
    const long = await send(requestText("GET", "/health", [["x-long", "a".repeat(70_000)]]));
    expect(long.status).toBe(431);
    const many = Array.from({ length: 3_000 }, (_, n) => [`x-${n}`, "a".repeat(20)] as const);
    expect((await send(requestText("GET", "/health", many))).status).toBe(431);
  });
});

describe("one request that could be read as two", () => {
  const body = JSON.stringify(licenseBody());
  const JSON_TYPE = ["content-type", "application/json"] as const;
  const SMUGGLED = "GET /api/v1/seats HTTP/1.1\r\nhost: localhost\r\n\r\n";

  it.each([
    ["two lengths", [["content-length", String(body.length)] as const, ["content-length", "0"] as const]],
    ["a length and chunks", [["content-length", "4"] as const, ["transfer-encoding", "chunked"] as const]],
    ["an unknown coding", [["transfer-encoding", "chunked, identity"] as const]],
    ["a length that is no number", [["content-length", "+5"] as const]],
    ["a header name with a blank", [["content-length ", "5"] as const]],
  ])("with %s is refused whole", async (_what, framing) => {
    const { send } = front();
    const text = `${requestText("POST", "/api/v1/license", [KEYED, JSON_TYPE, ...framing])}${body}${SMUGGLED}`;
    const answer = await leavingNoTrace(server(), () => send(text));
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain(`"seats":`);
  });
});

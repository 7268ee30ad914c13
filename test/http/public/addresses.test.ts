import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type App, createApp, toAnswer, toEvent } from "../../support/app.ts";

let app: App;
beforeAll(async () => {
  app = await createApp({ env: { ALLOWED_CIDRS: "203.0.113.0/24,2001:db8::/32" } });
});
afterAll(() => app.close());

const callFrom = async (sourceIp: string, path: string, headers: Record<string, string> = {}) => {
  const event = toEvent("GET", path, { headers }, app.clock.now);
  const { http } = event.requestContext;
  return toAnswer(
    await app.deliver({ ...event, requestContext: { ...event.requestContext, http: { ...http, sourceIp } } }),
  );
};

describe("a server with allowed networks", () => {
  it.each(["/health", "/dashboard", "/api/v1/license", "/no/such/route"])(
    "refuses other addresses at %s before it looks at anything else",
    async (path) => {
      const before = app.consumed.length;
      const answer = await callFrom("198.51.100.1", path, { "x-license-key": "wrong" });
      expect([answer.status, answer.json.code]).toEqual([403, "Forbidden"]);
      expect(answer.json.detail).toBe("This address is not allowed. Add it to network.allowedCidrs");
      expect(app.consumed.length).toBe(before);
      expect(app.logs.filter(({ WrongCredentials }) => WrongCredentials !== undefined)).toEqual([]);
    },
  );

  it("does not believe a header that names another address", async () => {
    const { status } = await callFrom("198.51.100.1", "/health", { "x-forwarded-for": "203.0.113.1" });
    expect(status).toBe(403);
  });

  it("answers an allowed address of either family", async () => {
    expect((await callFrom("203.0.113.9", "/health")).status).toBe(200);
    expect((await callFrom("2001:db8:5::1", "/api/v1/license")).status).toBe(200);
  });
});

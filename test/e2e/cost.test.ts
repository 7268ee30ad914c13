import { expect, it } from "vitest";
import { OPERATIONS, type OperationName } from "../../tools/cost/operations.ts";
import { createApp } from "../support/app.ts";
import { endBody, heartbeatBody, licenseBody, startBody } from "../support/wire.ts";

/** What Lambda and API Gateway add to a request's own lines. */
const AROUND_BYTES = 450;

it("the estimate of costs reckons with no fewer bytes of log than a request's lines have", async () => {
  const app = await createApp();
  try {
    const bytesOf = async (call: () => Promise<unknown>): Promise<number> => {
      const before = app.logs.length;
      await call();
      return app.logs.slice(before).reduce((sum, line) => sum + Buffer.byteLength(JSON.stringify(line)) + 1, 0);
    };
    const operator = licenseBody();
    await app.call("POST", "/api/v1/license", { body: operator });
    await app.call("POST", "/api/v1/sessions", { body: startBody(app.clock.now, { session_id: "warm" }) });
    const post = (path: string, body: unknown) => () => app.call("POST", path, { body });
    await app.call("POST", "/api/v1/heartbeat", { body: heartbeatBody(app.clock.now, { sessions: ["warm"] }) });
    const bytes: Partial<Record<OperationName, number>> = {
      heartbeat: await bytesOf(post("/api/v1/heartbeat", heartbeatBody(app.clock.now, { seq: 2, sessions: ["warm"] }))),
      start: await bytesOf(post("/api/v1/sessions", startBody(app.clock.now, { session_id: "two" }))),
      end: await bytesOf(post("/api/v1/sessions/two/end", endBody(app.clock.now))),
    };

    for (const [name, counted] of Object.entries(bytes) as [OperationName, number][]) {
      expect(counted, name).toBeGreaterThan(100);
      expect(counted, name).toBeLessThanOrEqual(OPERATIONS[name].logBytes - AROUND_BYTES);
    }
  } finally {
    await app.close();
  }
});

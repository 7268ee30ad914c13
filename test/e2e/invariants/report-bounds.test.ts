import { describe, expect, it } from "vitest";
import { formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest();

const sessionsIn = async (range: { from?: number; to?: number } = {}): Promise<number> => {
  const bounds = Object.entries(range).map(([name, time]) => `&${name}=${formatTime(time)}`);
  const { json } = await server().call("GET", `/api/v1/reports/usage?format=json${bounds.join("")}`);
  return json.userMetrics[0]?.totalSessionCount ?? 0;
};

/** A session that ends now, after a minute. */
const endsNow = async (): Promise<number> => {
  const operator = operatorAt(server());
  await operator.starts("s-1");
  server().clock.now += MINUTE_MS;
  await operator.ends("s-1");
  return server().clock.now;
};

describe("a usage report", () => {
  it("up to now, or later, has a session that ends at this very moment", async () => {
    const now = await endsNow();
    expect(await sessionsIn()).toBe(1);
    expect(await sessionsIn({ to: now })).toBe(1);
    expect(await sessionsIn({ from: now - HOUR_MS, to: now + HOUR_MS })).toBe(1);
  });

  it("of the past has what ended from its first moment on, and not at its last", async () => {
    const endedAt = await endsNow();
    server().clock.now += 3 * HOUR_MS;
    expect(await sessionsIn({ from: endedAt, to: endedAt + 1 })).toBe(1);
    expect(await sessionsIn({ from: endedAt - 1, to: endedAt })).toBe(0);
    expect(await sessionsIn({ from: endedAt + 1, to: endedAt + HOUR_MS })).toBe(0);
    expect(await sessionsIn({ from: endedAt + 1 })).toBe(0);
  });

  it.each([
    ["midnight", "2026-11-12T00:00:00Z", "2026-11-11", "2026-11-13"],
    ["the beginning of a month", "2026-12-01T00:00:00Z", "2026-11-01", "2027-01-01"],
  ])("puts what ends at %s into the time that begins then", async (_moment, at, before, after) => {
    const boundary = Date.parse(at);
    server().clock.now = boundary - MINUTE_MS;
    expect(await endsNow()).toBe(boundary);
    server().clock.now = Date.parse("2027-02-03T04:05:06Z");
    expect(await sessionsIn({ from: Date.parse(before), to: boundary })).toBe(0);
    expect(await sessionsIn({ from: boundary, to: Date.parse(after) })).toBe(1);
    expect(await sessionsIn()).toBe(1);
  });

  it("has no running session", async () => {
    await operatorAt(server()).starts("s-1");
    expect(await sessionsIn()).toBe(0);
  });
});

import { expect, it } from "vitest";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import { DAY_MS, formatTime, SECOND_MS } from "../../../shared/contract/time.ts";
import { fakeRun, NOW } from "./fake-run.ts";

/** A server whose license ends so many days from now, before now where negative. */
const server =
  (days: number) =>
  (_method: string, { pathname }: URL) => {
    const { license } = RESPONSE_EXAMPLES.licenseGet;
    const expires = NOW + days * DAY_MS;
    const terms = {
      expire_at: formatTime(expires),
      valid_seconds: Math.max(0, (expires - NOW) / SECOND_MS),
      status: days < 0 ? "expired" : "valid",
    };
    const bodies: Record<string, unknown> = {
      "/health": { status: "ok" },
      "/api/v1/license": { license: { ...license, ...terms }, server_time: formatTime(NOW) },
      "/api/v1/seats": RESPONSE_EXAMPLES.seatList,
      "/api/v1/operators": RESPONSE_EXAMPLES.operatorList,
      "/api/v1/sessions": RESPONSE_EXAMPLES.sessionList,
    };
    return Response.json(bodies[pathname]);
  };

it.each([
  [["status"], /^license: +expired 300 days ago \(2026-01-24\), .* New sessions are refused\.$/m],
  [["license", "show"], /^expired +300 days ago$/m],
  [["doctor"], /^fail +license +expired 300 days ago: .*, until 2026-01-24$/m],
])("an expired license is shown as expired, and since when: %j", async (args, line) => {
  const { out } = await fakeRun(args, server(-300));
  expect(out).toMatch(line);
  expect(out).not.toMatch(/\bin 0s|\b0s\b/);
});

it("a license in force is shown with its end", async () => {
  expect((await fakeRun(["status"], server(100))).out).toMatch(/^license: +valid, .* until 2027-02-28$/m);
  expect((await fakeRun(["license", "show"], server(100))).out).toMatch(/^valid for +100d$/m);
});

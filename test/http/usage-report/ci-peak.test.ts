import { expect, it } from "vitest";
import { DAY_MS, formatTime } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest();
const peakOf = async (from: number, to: number): Promise<number | null> => {
  const query = `format=json&from=${formatTime(from)}&to=${formatTime(to)}`;
  const body = expectSuccess("usageReport", await server().call("GET", `/api/v1/reports/usage?${query}`));
  return body.ciMetrics.maxConcurrentCiSessions;
};

it("the CI sessions that run now are the peak of today, and of no day that is to come", async () => {
  const { now } = server().clock;
  await operatorAt(server()).starts("s-1", "runner", { ci: true });
  expect(await peakOf(now, now + 2 * DAY_MS)).toBe(1);
  expect(await peakOf(now + DAY_MS, now + 2 * DAY_MS)).toBe(0);
});

import { afterEach, describe, expect, it } from "vitest";
import { backfill } from "../../../shared/data-care/backfill.ts";
import { type App, createApp, START } from "../../support/app.ts";
import { careDeps, DAY, historyRow, RETENTION_DAYS } from "../../support/data-care.ts";

const opened: App[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});

describe("a session past retention", () => {
  it("is in no part of a day that a report lists, though it is not cleaned up yet", async () => {
    const app = await createApp({ env: { RETENTION_SESSIONS_DAYS: String(RETENTION_DAYS) } });
    opened.push(app);
    const noon = START - DAY;
    const rows = [1, 2].map((hours) =>
      historyRow(hours, { id: `h-${hours}`, start: noon + hours * 3_600_000, seconds: 60 }),
    );
    await backfill(careDeps(app), rows, () => undefined);
    const from = new Date(noon).toISOString();
    const to = new Date(noon + 6 * 3_600_000).toISOString();
    const counted = async () => {
      const answer = await app.call("GET", `/api/v1/reports/usage?format=json&from=${from}&to=${to}`);
      return (answer.json.userMetrics as { totalSessionCount: number }[]).reduce(
        (sum, { totalSessionCount }) => sum + totalSessionCount,
        0,
      );
    };
    expect(await counted()).toBe(2);
    app.clock.now = noon + RETENTION_DAYS * DAY + 1.5 * 3_600_000;
    await app.setLicense({}, { notAfter: app.clock.now + DAY });
    expect(await counted()).toBe(1);
  });
});

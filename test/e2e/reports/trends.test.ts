import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type App, createApp } from "../../support/app.ts";
import { HISTORIES_TIMEOUT_MS, historyRuns } from "../../support/history.ts";
import { HISTORY_BEGINS, histories } from "./histories.ts";
import { settle } from "./settle.ts";
import { tell } from "./tell.ts";
import { expectedDay } from "./trends-oracle.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** With HISTORIES=n as many as there are; else as many as most histories have. */
const DAYS = historyRuns(0) === 0 ? 90 : 366;

describe("the trends of any history", () => {
  it(
    "are day by day what its sessions add up to in memory, before and after the days are closed",
    async () => {
      await fc.assert(
        fc.asyncProperty(histories(14), async (events) => {
          const app = await createApp();
          try {
            const validity = { notBefore: HISTORY_BEGINS, notAfter: HISTORY_BEGINS + 999 * DAY };
            await app.setLicense({ max_seats: null }, validity);
            // The server's first day is the one on which it saw a license.
            await app.call("POST", "/api/v1/license", {
              body: { instance_id: "op-first", operator_version: "3.130.0" },
            });
            await tell(app, events);
            const settled = settle(events);
            const days = DAYS;
            const expected = (now: number) =>
              Array.from({ length: days }, (_, back) =>
                expectedDay(Math.floor(now / DAY) * DAY - (days - 1 - back) * DAY, settled, events),
              );
            // As long as a day is open, or has to be closed again, its peaks are not known, nor whether its users were seen on
            // another one, out of sight; all else is.
            const open = await trendDays(app, days);
            const then = expected(app.clock.now).map(({ newUsers: _, ...day }, place) => ({
              ...day,
              ...(open[place]?.maxConcurrentSessions === null ? NO_PEAKS : {}),
            }));
            expect(open).toMatchObject(then.map((day) => ({ ...day, denials: 0 })));
            app.clock.now += DAY + HOUR;
            // A day is closed from ten minutes after its end on.
            if (app.clock.now % DAY < HOUR) app.clock.now += HOUR;
            await app.invoke("dayClose");
            const closed = await trendDays(app, days);
            const [past, today] = [expected(app.clock.now).slice(0, -1), closed.at(-1)];
            // Of days before the server's first there is nothing to tell.
            expect(closed.slice(0, -1)).toEqual(
              past.map((day) => ({ ...day, ...(Date.parse(day.date) < HISTORY_BEGINS ? NO_PEAKS : {}), denials: 0 })),
            );
            expect(today).toMatchObject({ sessionCount: 0, ...NO_PEAKS });
          } finally {
            await app.close();
          }
        }),
        { numRuns: historyRuns(1), endOnFailure: true },
      );
    },
    HISTORIES_TIMEOUT_MS,
  );
});

type Peaks = {
  maxConcurrentSessions: number | null;
  maxConcurrentCiSessions: number | null;
  maxConcurrentPreviews: number | null;
};
const NO_PEAKS = { maxConcurrentSessions: null, maxConcurrentCiSessions: null, maxConcurrentPreviews: null };

const trendDays = async (app: App, days: number): Promise<(Peaks & Record<string, unknown>)[]> => {
  const { status, json, text } = await app.call("GET", `/api/v1/reports/usage/trends?days=${days}`);
  expect(status, text).toBe(200);
  return json.days;
};

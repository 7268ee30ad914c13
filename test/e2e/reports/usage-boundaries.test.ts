import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PRIMARY_KEYS } from "../../../shared/contract/primary-keys.ts";
import { type App, createApp } from "../../support/app.ts";
import { DEEP, SEED } from "../../support/deep.ts";
import { expectUsage, FORMATS } from "./ask-usage.ts";
import { type Event, inOrder, type Session } from "./events.ts";
import { BOUNDARIES, HISTORY_BEGINS, PEOPLE, TARGETS } from "./histories.ts";
import { settle } from "./settle.ts";
import { tell } from "./tell.ts";
import type { History } from "./trends-sheet.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The time of asking: in the middle of a day, with sessions that have ended on it. */
const NOW = Date.parse("2028-03-01T10:00:00.500Z");

let app: App;
let history: History;
let turn = 0;

// Around each boundary sessions end a second and a millisecond before it, at it, and after it; and some run across it.
beforeAll(async () => {
  const ends = BOUNDARIES.flatMap((boundary) => [
    ...[-SECOND, -1, 0, 1, SECOND].map((offset) => ({ endedAt: boundary + offset, lengthMs: 90_500 })),
    { endedAt: boundary + HOUR, lengthMs: 2 * HOUR },
    { endedAt: boundary + 9 * DAY, lengthMs: 26 * DAY },
  ]);
  const atLast = [NOW - SECOND, NOW - 1, NOW].map((endedAt) => ({ endedAt, lengthMs: MINUTE }));
  const sessions = [...ends.filter(({ endedAt }) => endedAt < NOW), ...atLast].map(
    ({ endedAt, lengthMs }, number): Session => ({
      id: `s-${number}`,
      person: PEOPLE[number % PEOPLE.length] as (typeof PEOPLE)[number],
      target: TARGETS[number % TARGETS.length] as (typeof TARGETS)[number],
      ci: number % 5 === 4,
      startedAt: endedAt - lengthMs,
      endedAt,
      skewMs: 0,
    }),
  );
  const events = inOrder(
    sessions.map((session): Event => ({ do: "end", at: session.endedAt, session, by: "heartbeat", withStart: true })),
  );
  // An operator's clock may be a little ahead: this one ends in two minutes.
  const ahead = { ...(sessions[0] as Session), id: "ahead", startedAt: NOW - MINUTE, endedAt: NOW, skewMs: 2 * MINUTE };
  events.push({ do: "end", at: NOW, session: ahead, by: "heartbeat", withStart: true });
  const running = { ...(sessions[4] as Session), id: "running", startedAt: NOW, ci: true };
  events.push({ do: "start", at: NOW, session: running, by: "call" });
  app = await createApp();
  await app.setLicense({ max_seats: null }, { notBefore: HISTORY_BEGINS, notAfter: HISTORY_BEGINS + 999 * DAY });
  await tell(app, events);
  if (DEEP) await app.invoke("dayClose");
  history = { settled: settle(events), events };
});

afterAll(() => app.close());

const RANGES: readonly (readonly [range: string, from: string | undefined, to: string | undefined])[] = [
  ["of everything", undefined, undefined],
  ["of a leap day", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z"],
  ["of the day before a leap day", "2028-02-28T00:00:00Z", "2028-02-29T00:00:00Z"],
  ["of a leap year's February", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"],
  ["of a common year's February", "2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z"],
  ["of a month of 30 days", "2027-04-01T00:00:00Z", "2027-05-01T00:00:00Z"],
  ["of a year", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"],
  ["across a year's end, to the second", "2027-12-31T23:59:59Z", "2028-01-01T00:00:01Z"],
  ["of a year's last second", "2027-12-31T23:59:59Z", "2028-01-01T00:00:00Z"],
  ["of a year's first millisecond", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.001Z"],
  ["from a second before midnight to the next midnight", "2027-06-15T23:59:59Z", "2027-06-17T00:00:00Z"],
  ["from a month's second day to another's last", "2027-02-02T00:00:00Z", "2027-04-30T00:00:00Z"],
  ["ragged at both ends, with months between", "2027-02-28T23:59:59.999Z", "2028-02-29T00:00:00.001Z"],
  ["ragged within one day", "2027-06-16T00:00:00.001Z", "2027-06-16T00:59:59Z"],
  ["of a day in another zone", "2027-06-16T00:00:00+05:30", "2027-06-17T00:00:00+05:30"],
  ["of a month in another zone", "2027-12-01T00:00:00-08:00", "2028-01-01T00:00:00-08:00"],
  ["with bounds in different zones and letters", "2027-04-30t17:00:00.000-07:00", "2027-05-01T05:45:01+05:45"],
  ["of an empty range at a moment when sessions ended", "2028-01-01T00:00:00Z", "2028-01-01T00:00:00Z"],
  ["of a range in which nothing ended", "2027-08-01T00:00:00Z", "2027-09-01T00:00:00Z"],
  ["of a time before all sessions", "2020-02-29T00:00:00Z", "2020-03-01T00:00:00Z"],
  ["from before all sessions", "2020-02-29T12:00:00Z", "2027-01-01T00:00:00Z"],
  ["without from", undefined, "2027-05-01T00:00:00Z"],
  ["without to", "2028-02-29T00:00:00Z", undefined],
  ["up to now", "2028-01-01T00:00:01Z", "2028-03-01T10:00:00.500Z"],
  ["up to a millisecond ago", undefined, "2028-03-01T10:00:00.499Z"],
  ["of the last millisecond", "2028-03-01T10:00:00.499Z", "2028-03-01T10:00:00.500Z"],
  ["from just now to just now", "2028-03-01T10:00:00.500Z", "2028-03-01T10:00:00.500Z"],
  ["up to the future", "2028-01-31T12:00:00Z", "2031-01-01T00:00:00Z"],
  ["of the future", "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"],
];
/** Every second one, and with DEEP=1 all. */
const sampled = <T>(all: readonly T[]): readonly T[] => all.filter((_, place) => DEEP || place % 2 === SEED % 2);

describe("the usage report is exact, in every format,", () => {
  it.each(sampled(RANGES))("%s", async (_range, from, to) => {
    // By each key in turns, and with DEEP=1 in each format: they group and write the same rows.
    for (const format of DEEP ? FORMATS : (["json"] as const)) {
      turn += 1;
      const primaryKey = PRIMARY_KEYS[turn % PRIMARY_KEYS.length] ?? "machine_id";
      await expectUsage(app, { format, primaryKey, from, to }, history);
    }
  });

  it("by any key", async () => {
    const [from, to] = ["2027-12-31T00:00:00.001Z", "2028-03-01T00:00:01Z"];
    for (const primaryKey of PRIMARY_KEYS)
      for (const format of DEEP ? FORMATS : [FORMATS[PRIMARY_KEYS.indexOf(primaryKey) % FORMATS.length] ?? "xlsx"])
        await expectUsage(app, { format, primaryKey, from, to }, history);
  });

  it("of which two that meet add up to the one they make", async () => {
    const count = async (from: string, to: string): Promise<number> => {
      const { json } = await app.call("GET", `/api/v1/reports/usage?format=json&from=${from}&to=${to}`);
      return json.userMetrics.reduce(
        (sum: number, user: { totalSessionCount: number }) => sum + user.totalSessionCount,
        0,
      );
    };
    const [from, to] = ["2026-12-31T23:59:59Z", "2028-03-01T00:00:00.001Z"];
    const whole = await count(from, to);
    expect(whole).toBeGreaterThan(0);
    for (const between of ["2027-01-01T00:00:00Z", "2027-05-01T00:00:00.001Z", "2028-02-29T00:00:01Z"])
      expect((await count(from, between)) + (await count(between, to))).toBe(whole);
  });

  it("and refused where it would end before it begins", async () => {
    for (const format of FORMATS) {
      const bounds = "from=2028-01-01T00:00:00%2B01:00&to=2027-12-31T22:59:59Z";
      const { status, json } = await app.call("GET", `/api/v1/reports/usage?format=${format}&${bounds}`);
      expect([status, json.code, json.errors[0].path]).toEqual([400, "BadRequest", "query.to"]);
    }
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type App, createApp } from "../../support/app.ts";
import { historyRuns } from "../../support/history.ts";
import { clientOf, licenseBody, startBody } from "../../support/wire.ts";
import { dayOf, expectedDenials, holders, MAX_SEATS, type Try } from "./denials-oracle.ts";
import { HISTORY_BEGINS } from "./histories.ts";
import { generalOf, openWorkbook, tableOf, wholeSeconds } from "./read-workbook.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** In one billing period, across a month's and a year's end. */
const FIRST_DAY = Date.parse("2026-12-24T00:00:00Z");
const DAYS = 16;
const SERVER_BEGINS = FIRST_DAY - 2 * DAY;

const tries = fc
  .array(
    fc.record({
      at: fc
        .tuple(fc.integer({ min: 0, max: DAYS - 1 }), fc.constantFrom(0, 1, 9 * 60 * MINUTE, DAY - 1))
        .map(([day, offset]) => FIRST_DAY + day * DAY + offset),
      user: fc.constantFrom("ana", "bo", "cy", "di", "ed", "fi"),
      isRepeated: fc.boolean(),
    }),
    { minLength: 12, maxLength: 24 },
  )
  .map((drawn) =>
    drawn
      .toSorted((one, other) => one.at - other.at)
      .flatMap(({ isRepeated, at, user }, number): Try[] => {
        const one = { at, user, sessionId: `s-${number}` };
        return isRepeated ? [one, one] : [one];
      }),
  );

const ranges = fc
  .tuple(fc.integer({ min: 0, max: DAYS }), fc.integer({ min: 0, max: DAYS }))
  .map(([one, other]) => ({ from: Math.min(one, other), days: Math.max(1, Math.abs(one - other)) }));

describe("the denial report", () => {
  it("is what the refused starts add up to in memory, with the seats that would have been enough", async () => {
    await fc.assert(
      fc.asyncProperty(tries, fc.array(ranges, { minLength: 4, maxLength: 4 }), async (tried, asked) => {
        const app = await createApp();
        try {
          const validity = { notBefore: HISTORY_BEGINS, notAfter: HISTORY_BEGINS + 999 * DAY };
          await app.setLicense({ type: "teams", max_seats: MAX_SEATS }, validity);
          app.clock.now = SERVER_BEGINS;
          // The server's first day: those before it do not count.
          await app.call("POST", "/api/v1/license", { body: licenseBody() });
          for (const { at, user, sessionId } of tried) {
            app.clock.now = at;
            const body = startBody(at, { session_id: sessionId, client: clientOf(user) });
            const { status } = await app.call("POST", "/api/v1/sessions", { body });
            const isAdmitted = holders(tried, at).has(user);
            expect(isAdmitted ? [200, 201] : [403]).toContain(status);
          }
          app.clock.now = FIRST_DAY + DAYS * DAY + MINUTE;
          for (const { from, days } of asked) {
            const [first, end] = [FIRST_DAY + from * DAY, FIRST_DAY + (from + days) * DAY];
            const query = `from=${new Date(first).toISOString()}&to=${new Date(end - 1_000).toISOString()}`;
            const { status, json, text } = await app.call("GET", `/api/v1/reports/denials?${query}`);
            expect(status, text).toBe(200);
            const expected = expectedDenials(tried, first, Math.min(end, app.clock.now + DAY));
            const { entries, ...figures } = expected;
            expect(json).toMatchObject(figures);
            expect(sorted(json.entries.map(({ seat_id: _, ...entry }: Entry) => entry))).toEqual(sorted(entries));
            await expectWorkbook(app, query, tried, { first, end });
          }
          // From the server's first day on.
          await expectWorkbook(app, "", tried, { first: SERVER_BEGINS, end: app.clock.now });
        } finally {
          await app.close();
        }
      }),
      { numRuns: historyRuns(2), endOnFailure: true },
    );
  });
});

type Entry = Record<string, unknown>;

const sorted = (entries: readonly Entry[]) =>
  entries
    .map((entry) => Object.fromEntries(Object.entries(entry).sort(([one], [other]) => (one < other ? -1 : 1))))
    .sort((one, other) =>
      `${one["day"]} ${one["client_username"]}` < `${other["day"]} ${other["client_username"]}` ? -1 : 1,
    );

/** Asserts that a workbook says the same of the period, on a sheet of its own, in the first one and day by day. */
const expectWorkbook = async (
  app: App,
  query: string,
  tried: readonly Try[],
  { first, end }: { first: number; end: number },
): Promise<void> => {
  const answer = await app.call("GET", `/api/v1/reports/usage?format=xlsx&${query}`);
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
  const book = await openWorkbook(answer);
  const last = Math.min(end - 1, app.clock.now);
  const { entries, denials, users, seats_enough } = expectedDenials(tried, dayStart(first), dayStart(last) + DAY);
  const rows = tableOf(book, "Denials");
  expect(sorted(rows.map(entryOf))).toEqual(
    sorted(entries.map((entry) => ({ ...entry, first_at: seconds(entry.first_at), last_at: seconds(entry.last_at) }))),
  );
  // The oldest day first, and of a day the most denials.
  const order = rows.map((row) => [Number(row["Day (UTC)"]), -Number(row["Denials"])] as const);
  expect(order).toEqual(order.toSorted(([one, many], [other, few]) => one - other || many - few));
  expect(generalOf(book)).toMatchObject({
    "Denials in period": denials,
    "Users denied a seat": users,
    "Denials from day (UTC)": new Date(dayStart(first)),
    "Denials through day (UTC)": new Date(dayStart(last)),
    ...(seats_enough === null
      ? {}
      : {
          "Seats needed, median of days with use": seats_enough.p50,
          "Seats needed, 95th percentile": seats_enough.p95,
          "Seats needed at the peak": seats_enough.max,
        }),
  });
  const byDay = Map.groupBy(entries, ({ day }) => day);
  const trends = tableOf(book, "Trends").map((row) => [seconds(row["Day (UTC)"]).slice(0, 10), row["Denials"]]);
  const shown = new Map(trends.map(([day, count]) => [String(day), Number(count)]));
  for (let day = dayStart(first); day <= last; day += DAY) {
    const expected = (byDay.get(dayOf(day)) ?? []).reduce((sum, entry) => sum + entry.denials, 0);
    expect(shown.get(dayOf(day)) ?? 0).toBe(expected);
  }
};

const entryOf = (row: Entry): Entry => ({
  day: seconds(row["Day (UTC)"]).slice(0, 10),
  kubernetes_username: row["Kubernetes user"],
  client_hostname: row["Client host name"],
  client_username: row["Client user name"],
  denials: row["Denials"],
  first_at: seconds(row["First (UTC)"]),
  last_at: seconds(row["Last (UTC)"]),
});

const seconds = (time: unknown): string =>
  new Date(wholeSeconds(typeof time === "string" ? Date.parse(time) : Number(time))).toISOString();

const dayStart = (time: number): number => Math.floor(time / DAY) * DAY;

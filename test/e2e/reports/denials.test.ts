import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createApp } from "../../support/app.ts";
import { historyRuns } from "../../support/history.ts";
import { clientOf, licenseBody, startBody } from "../../support/wire.ts";
import { HISTORY_BEGINS } from "./histories.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const MAX_SEATS = 2;
/** In one billing period, across a month's and a year's end. */
const FIRST_DAY = Date.parse("2026-12-24T00:00:00Z");
const DAYS = 16;

type Try = { at: number; user: string; sessionId: string };

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
          app.clock.now = FIRST_DAY - 2 * DAY;
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
            expect(json).toMatchObject(expectedDenials(tried, first, Math.min(end, app.clock.now + DAY)));
          }
        } finally {
          await app.close();
        }
      }),
      { numRuns: historyRuns(2), endOnFailure: true },
    );
  });
});

/** The first users of the period have the seats. */
const holders = (tried: readonly Try[], at: number): Set<string> =>
  new Set([...new Set(tried.filter((one) => one.at <= at).map(({ user }) => user))].slice(0, MAX_SEATS));

const expectedDenials = (tried: readonly Try[], from: number, to: number) => {
  const held = holders(tried, Number.POSITIVE_INFINITY);
  const denied = tried.filter(({ user, at }) => !held.has(user) && at >= from && at < to);
  const entries = [...Map.groupBy(denied, ({ user, at }) => `${dayOf(at)} ${user}`).values()].map((together) => ({
    day: dayOf(together[0]?.at ?? 0),
    kubernetes_username: `${together[0]?.user}@example.com`,
    client_hostname: `${together[0]?.user}-laptop`,
    client_username: together[0]?.user,
    // A retry of the same session does not count.
    denials: new Set(together.map(({ sessionId }) => sessionId)).size,
    first_at: new Date(Math.min(...together.map(({ at }) => at))).toISOString(),
    last_at: new Date(Math.max(...together.map(({ at }) => at))).toISOString(),
  }));
  // Who was refused would have kept the seat to the period's end, had there been one: with as many seats as there were
  // different users in the period by then, nobody is refused on a day.
  const needed = Array.from({ length: Math.ceil((to - from) / DAY) }, (_, day) => from + day * DAY)
    .map((day) => new Set(tried.filter(({ at }) => at < day + DAY).map(({ user }) => user)).size)
    .sort((one, other) => one - other);
  const enoughFor = (share: number): number => needed[Math.ceil(share * needed.length) - 1] ?? 0;
  const enough = { p50: enoughFor(0.5), p95: enoughFor(0.95), max: enoughFor(1) };
  return {
    max_seats: MAX_SEATS,
    denials: entries.reduce((sum, { denials }) => sum + denials, 0),
    users: new Set(denied.map(({ user }) => user)).size,
    entries: expect.toSatisfy(
      (found: Record<string, unknown>[]) =>
        JSON.stringify(sorted(found.map(({ seat_id: _, ...entry }) => entry))) === JSON.stringify(sorted(entries)),
      JSON.stringify(sorted(entries)),
    ),
    seats_enough: enough.max === 0 ? null : enough,
  };
};

const sorted = (entries: readonly Record<string, unknown>[]) =>
  entries
    .map((entry) => Object.fromEntries(Object.entries(entry).sort(([one], [other]) => (one < other ? -1 : 1))))
    .sort((one, other) =>
      `${one["day"]} ${one["client_username"]}` < `${other["day"]} ${other["client_username"]}` ? -1 : 1,
    );

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Key } from "../../../shared/contract/keys.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import type { Item } from "../../../shared/store/table.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { createApp, START } from "../../support/app.ts";
import { runsOf } from "../../support/deep.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedUnder } from "../../support/stored.ts";
import { clientOf, startBody } from "../../support/wire.ts";

type Called = Pick<Awaited<ReturnType<typeof createApp>>, "call" | "clock">;

let ids = 0;
const asks = async ({ call, clock }: Called, user: string, id?: string): Promise<number> => {
  ids += 1;
  const body = startBody(clock.now, { session_id: id ?? `s-${ids}`, client: clientOf(user) });
  return (await call("POST", "/api/v1/sessions", { body })).status;
};
const report = async (app: Called, query = "") =>
  expectSuccess("denialReport", await app.call("GET", `/api/v1/reports/denials${query}`));

const server = serverPerTest({ terms: { type: "teams", max_seats: 1, subscription_id: "small" } });

describe("the report of denials", () => {
  it("of a server that refused nobody is empty", async () => {
    expect(await report(server())).toMatchObject({
      ...{ max_seats: 1, denials: 0, users: 0, seats_enough: null, entries: [] },
      ...{ from: formatTime(START - 30 * DAY_MS), to: formatTime(START + 1) },
    });
  });

  it("up to the first moment that can be written begins no earlier", async () => {
    const { from, to } = await report(server(), "?to=0000-01-01T00:00:00Z");
    expect([from, to]).toEqual(["0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z"]);
  });

  it("lists each user once a day, and does not count retries of the same session", async () => {
    const app = server();
    await asks(app, "ana");
    for (const id of ["one", "one", "two"]) {
      expect(await asks(app, "ben", id)).toBe(403);
      app.clock.now += MINUTE_MS;
    }
    app.clock.now += DAY_MS;
    await asks(app, "ben");
    await asks(app, "cy");
    const { denials, users, entries, seats_enough } = await report(app);
    expect({ denials, users, seats_enough }).toEqual({
      denials: 4,
      users: 2,
      seats_enough: { p50: 2, p95: 3, max: 3 },
    });
    expect(entries.map(({ day, client_username, denials: count }) => [day, client_username, count])).toEqual([
      ["2026-11-10", "ben", 2],
      ["2026-11-11", "ben", 1],
      ["2026-11-11", "cy", 1],
    ]);
    expect(entries[0]).toMatchObject({
      kubernetes_username: "ben@example.com",
      client_hostname: "ben-laptop",
      first_at: formatTime(START),
      last_at: formatTime(START + 2 * MINUTE_MS),
    });
  });

  it("counts a session once however late its retry comes, of the last ten that a user was refused on a day", async () => {
    const app = server();
    await asks(app, "ana");
    const sessions = Array.from({ length: 45 }, (_, n) => `ben-${n}`);
    for (const [n, id] of sessions.entries()) {
      expect(await asks(app, "ben", id)).toBe(403);
      for (const retried of [n - 9, n - 1, n]) await asks(app, "ben", sessions[Math.max(0, retried)]);
      if (n % 5 === 0) expect((await report(app)).denials).toBe(n + 1);
    }
    expect((await report(app)).denials).toBe(sessions.length);
  });

  it("goes on from the count of an earlier release, which knew the last session alone", async () => {
    const app = server();
    await asks(app, "ana");
    await asks(app, "ben", "one");
    const [item] = (await storedUnder(app, "SEATS#")).filter(({ sk }) => String(sk).startsWith("DENIAL#"));
    const { recent: _, ...earlier } = item ?? {};
    expect(earlier).toMatchObject({ lastSession: "one", denials: 1 });
    await app.table.write({ kind: "put", item: earlier as Item & Key });
    for (const id of ["one", "two", "two", "three", "two"]) expect(await asks(app, "ben", id)).toBe(403);
    expect((await report(app)).denials).toBe(3);
  });

  it("counts each of many sessions that are refused at once, and their retries not", async () => {
    const app = server();
    await asks(app, "ana");
    const sessions = Array.from({ length: 30 }, (_, n) => `ben-${n}`);
    // A server that is overrun may say so: then the start is sent again.
    const refused = async (id: string) => {
      for (;;) if ((await asks(app, "ben", id)) === 403) return;
    };
    await Promise.all(sessions.map(refused));
    await Promise.all(sessions.slice(-1).flatMap((id) => [refused(id), refused(id)]));
    expect((await report(app)).denials).toBe(30);
  });

  it("counts whole days, those that the range touches", async () => {
    const app = server();
    await asks(app, "ana");
    await asks(app, "ben");
    app.clock.now += DAY_MS;
    const range = (from: number, to: number) => `?from=${formatTime(from)}&to=${formatTime(to)}`;
    expect((await report(app, range(START + HOUR_MS, START + 2 * HOUR_MS))).denials).toBe(1);
    expect((await report(app, range(START + 12 * HOUR_MS, START + DAY_MS))).denials).toBe(0);
    expect((await report(app, range(START, START))).denials).toBe(0);
  });

  it("counts the day of a swap of licenses in both books, and the days after in the new one", async () => {
    const app = server();
    for (const user of ["ana", "ben", "cy"]) await asks(app, user);
    app.clock.now += HOUR_MS;
    await app.setLicense({
      type: "teams",
      max_seats: 1,
      subscription_id: "other",
      seat_tracking_mode: "KubernetesUser",
    });
    app.clock.now += 2 * MINUTE_MS;
    await asks(app, "ana");
    app.clock.now += DAY_MS;
    await asks(app, "ben");
    const { denials, seats_enough } = await report(app);
    expect(denials).toBe(3);
    expect(seats_enough).toEqual({ p50: 2, p95: 3, max: 3 });
  });

  it("counts a seat that was released since among those that were needed", async () => {
    const app = server();
    await asks(app, "ana");
    const { seats } = (await app.call("GET", "/api/v1/seats")).json;
    const bearer = await app.accessToken(["seats:delete"]);
    app.clock.now += MINUTE_MS;
    expect((await app.call("DELETE", `/api/v1/seats/${encodeURIComponent(seats[0].id)}`, { bearer })).status).toBe(204);
    expect((await report(app)).seats_enough).toEqual({ p50: 1, p95: 1, max: 1 });
    await asks(app, "ben");
    expect((await report(app)).seats_enough).toEqual({ p50: 2, p95: 2, max: 2 });
  });

  it("leaves days before anybody asked for a seat out of the seats that were needed", async () => {
    const app = server();
    // From now on the server has a license, and days to count.
    await app.call("GET", "/api/v1/seats");
    app.clock.now += 20 * DAY_MS;
    await asks(app, "ana");
    await asks(app, "ben");
    expect((await report(app)).seats_enough).toEqual({ p50: 2, p95: 2, max: 2 });
  });

  it("refuses bad queries with every fault", async () => {
    const ask = (query: string) => server().call("GET", `/api/v1/reports/denials?${query}`);
    expectProblem(await ask("from=x&days=3"), 400, "BadRequest", ["query.days", "query.from"]);
    expectProblem(await ask("from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z"), 400, "BadRequest", ["query.to"]);
  });
});

describe("the seats that would have been enough", () => {
  it("are, for any history, the users who asked in the day's billing period up to its end", async () => {
    const ask = fc.record({ user: fc.nat(6), afterHours: fc.constantFrom(0, 1, 13, 24, 60, 200) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(ask, { minLength: 1, maxLength: 15 }),
        fc.constantFrom(1, 11, 31),
        async (history, anchor) => {
          const app = await createApp({
            terms: { type: "teams", max_seats: 2 },
            env: { SEATS_ANCHOR_DAY: String(anchor) },
          });
          try {
            // From now on the server has a license, and days to count.
            await app.call("GET", "/api/v1/seats");
            const asked: { at: number; user: number }[] = [];
            for (const { user, afterHours } of history) {
              app.clock.now += afterHours * HOUR_MS;
              await asks(app, `user-${user}`);
              asked.push({ at: app.clock.now, user });
            }
            const needs: number[] = [];
            for (let day = START - (START % DAY_MS); day <= app.clock.now; day += DAY_MS) {
              const inPeriod = asked.filter(({ at }) => at >= periodStart(anchor, day) && at < day + DAY_MS);
              needs.push(new Set(inPeriod.map(({ user }) => user)).size);
            }
            const withUse = needs.filter((users) => users > 0).sort((one, other) => one - other);
            const rank = (share: number) => withUse[Math.ceil(withUse.length * share) - 1];
            const { seats_enough } = await report(app, `?from=${formatTime(START)}`);
            expect(seats_enough).toEqual({ p50: rank(0.5), p95: rank(0.95), max: withUse.at(-1) });
          } finally {
            await app.close();
          }
        },
      ),
      { numRuns: runsOf(12) },
    );
  });
});

/** The last beginning of a billing period up to a day, found day by day. */
const periodStart = (anchor: number, day: number): number => {
  for (let at = day; ; at -= DAY_MS) {
    const date = new Date(at);
    const isLastOfMonth = new Date(at + DAY_MS).getUTCDate() === 1;
    if (date.getUTCDate() === anchor || (isLastOfMonth && date.getUTCDate() < anchor)) return at;
  }
};

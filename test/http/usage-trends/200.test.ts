import { describe, expect, it } from "vitest";
import { DAY_MS, dayOf, HOUR_MS } from "../../../shared/contract/time.ts";
import { listOperators } from "../../../shared/operators/list.ts";
import { countRunningMachines } from "../../../shared/sessions/running.ts";
import { readMachinePeaks } from "../../../shared/usage/peaks.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { serverPerTest } from "../../support/server.ts";
import { clientOf, endBody, startBody } from "../../support/wire.ts";

const server = serverPerTest();

const starts = async (id: string, user: string, ci = false) => {
  const body = startBody(server().clock.now, { session_id: id, client: clientOf(user), ci });
  expect((await server().call("POST", "/api/v1/sessions", { body })).status).toBe(201);
};
const ends = async (id: string) =>
  expect(
    (await server().call("POST", `/api/v1/sessions/${id}/end`, { body: endBody(server().clock.now) })).status,
  ).toBe(200);
const trends = async (query = "") =>
  expectSuccess("usageTrends", await server().call("GET", `/api/v1/reports/usage/trends${query}`));

const ciPeak = async (from: number | undefined, to = server().clock.now): Promise<number | null> => {
  const { table, clock } = server();
  const running = await countRunningMachines(table, await listOperators(table));
  const peaks = await readMachinePeaks({ table }, { from, to, now: clock.now, running });
  return peaks?.ci ?? null;
};

describe("the trends", () => {
  it("of a server that has seen nothing are zeros, with no peak known", async () => {
    const { days, reportPeriod } = await trends();
    expect(days).toHaveLength(30);
    expect(reportPeriod).toEqual({ from: "2026-10-12T00:00:00.000Z", to: "2026-11-10T12:00:00.000Z" });
    expect(days.at(-1)).toMatchObject({
      date: "2026-11-10",
      sessionCount: 0,
      newUsers: 0,
      maxConcurrentSessions: null,
    });
  });

  it("are as many days as asked for, today the last, at midnight sharp, too", async () => {
    server().clock.now = Date.parse("2028-03-01T00:00:00Z");
    expect((await trends("?days=1")).days.map(({ date }) => date)).toEqual(["2028-03-01"]);
    expect((await trends("?days=3")).days.map(({ date }) => date)).toEqual(["2028-02-28", "2028-02-29", "2028-03-01"]);
    const year = (await trends("?days=366")).days;
    expect([year.length, year[0]?.date]).toEqual([366, "2027-03-02"]);
  });

  it("tell today as it stands, and a day that is over with its peaks once it is closed", async () => {
    await starts("a", "ana");
    await starts("b", "ben");
    await starts("c", "bot", true);
    server().clock.now += HOUR_MS;
    for (const id of ["a", "b"]) await ends(id);
    const open = { sessionCount: 2, sessionTimeSeconds: 7_200, ciSessionCount: 0, activeUsers: 2, newUsers: 2 };
    const none = { maxConcurrentSessions: null, maxConcurrentCiSessions: null };
    expect((await trends("?days=1")).days[0]).toMatchObject({ ...open, seatsClaimed: 2, denials: 0, ...none });
    server().clock.now += DAY_MS;
    const yesterday = async () => (await trends("?days=2")).days[0];
    expect(await yesterday()).toMatchObject({ ...open, ...none });
    await server().invoke("dayClose");
    expect(await yesterday()).toMatchObject({ ...open, maxConcurrentSessions: 2, maxConcurrentCiSessions: 1 });
  });

  it("refuse bad queries with every fault", async () => {
    const ask = (query: string) => server().call("GET", `/api/v1/reports/usage/trends?${query}`);
    for (const days of ["0", "367", "x", "1.5"])
      expectProblem(await ask(`days=${days}`), 400, "BadRequest", ["query.days"]);
    expectProblem(await ask("days=0&from=x"), 400, "BadRequest", ["query.days", "query.from"]);
  });
});

describe("the peak of CI sessions", () => {
  it("is that of all closed days and of what runs now, and unknown while a day that is over is not closed", async () => {
    const { clock } = server();
    for (const id of ["a", "b", "c"]) await starts(id, "bot", true);
    expect(await ciPeak(undefined)).toBe(3);
    clock.now += HOUR_MS;
    for (const id of ["a", "b"]) await ends(id);
    const [day, before] = [clock.now, Date.parse(dayOf(clock.now))];
    await server().invoke("dayClose");
    expect(await ciPeak(undefined)).toBe(1);
    clock.now += 2 * DAY_MS;
    expect(await ciPeak(undefined)).toBeNull();
    await server().invoke("dayClose");
    expect(await ciPeak(undefined)).toBe(3);
    expect(await ciPeak(day, day + 1)).toBe(3);
    expect(await ciPeak(day + DAY_MS)).toBe(1);
    expect(await ciPeak(0, before - 30 * DAY_MS)).toBe(0);
    expect(await ciPeak(day, day)).toBe(0);
  });
});

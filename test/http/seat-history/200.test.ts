import { describe, expect, it } from "vitest";
import { ITEM_VERSION, monthSeatsKey, seatDaysKey, seatRulesKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, dayOf, formatTime, MINUTE_MS } from "../../../shared/contract/time.ts";
import type { DecidedDay } from "../../../shared/seats/seat-days.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest({ terms: { max_seats: 40, subscription_id: "sub-1" } });

const history = async (query = "") =>
  expectSuccess("seatHistory", await server().call("GET", `/api/v1/seats/history${query}`));
const forecast = async () => expectSuccess("seatForecast", await server().call("GET", "/api/v1/seats/forecast"));

/** A server on which ana had a session on the first day; five days later. */
const fiveDays = async () => {
  const under = operatorAt(server());
  expectSuccess("sessionStart", await under.starts("s-1"), 201);
  expectSuccess("sessionEnd", await under.ends("s-1"));
  server().clock.now = START + 5 * DAY_MS;
  await server().invoke("dayClose");
};

/** Writes what the job would have: the figures of the days up to yesterday. */
const decided = async (users: readonly number[]) => {
  const yesterday = server().clock.now - DAY_MS;
  const months = new Map<string, Record<string, DecidedDay>>();
  for (const [place, trailingUsers] of users.entries()) {
    const day = dayOf(yesterday - (users.length - 1 - place) * DAY_MS);
    const month = months.get(day.slice(0, 7)) ?? {};
    month[`d${day.slice(8)}`] = {
      ...{ held: trailingUsers, overage: 0, denials: 0, releases: 0, max: 40, books: [], trailingUsers },
      trackingMode: "ClientCertificate",
    };
    months.set(day.slice(0, 7), month);
  }
  for (const [month, days] of months)
    await server().table.write({ kind: "put", item: { ...monthSeatsKey(month), v: ITEM_VERSION, ...days } });
  await server().table.write({ kind: "put", item: { ...seatDaysKey, v: ITEM_VERSION, last: dayOf(yesterday) } });
};

describe("the seat history", () => {
  it("has every closed day since the server's first, and not today", async () => {
    await fiveDays();
    const { days } = await history();
    expect(days.map(({ date }) => date)).toEqual([
      ...["2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13", "2026-11-14"],
    ]);
    expect(days[0]).toEqual({
      ...{ date: "2026-11-10", held: 1, max_seats: 40, overage: 0, denials: 0, active_users: 1 },
      ...{ idle_7_days: 0, idle_14_days: 0, idle_30_days: 0, rebuilt: false },
    });
    expect(days[1]).toMatchObject({ held: 1, active_users: 0 });
  });

  it("has the days that a range touches: those of the past, of the future and of nothing are empty", async () => {
    await fiveDays();
    const daysOf = async (from: string, to: string) =>
      (await history(`?from=${from}&to=${to}`)).days.map(({ date }) => date);
    expect(await daysOf("2026-11-11T23:59:59Z", "2026-11-12T00:00:01Z")).toEqual(["2026-11-11", "2026-11-12"]);
    expect(await daysOf("2026-11-12T00:00:00Z", "2026-11-12T00:00:00Z")).toEqual([]);
    expect(await daysOf("0000-01-01T00:00:00Z", "2026-11-10T00:00:00Z")).toEqual([]);
    expect(await daysOf("2026-11-14T00:00:00Z", "9999-12-31T00:00:00Z")).toEqual(["2026-11-14"]);
    expect(await daysOf("9999-01-01T00:00:00Z", "9999-12-31T00:00:00Z")).toEqual([]);
    const backwards = await server().call(
      "GET",
      "/api/v1/seats/history?from=2026-11-12T00:00:00Z&to=2026-11-11T00:00:00Z",
    );
    expectProblem(backwards, 400, "BadRequest", ["query.to"]);
  });

  it("has null for each figure of a day without one, and never a zero", async () => {
    await fiveDays();
    const { table } = server();
    const key = monthSeatsKey("2026-11");
    await table.write({ kind: "update", key, update: { expression: "REMOVE d11, u11" } });
    const [, hole] = (await history()).days;
    expect(hole).toEqual({
      ...{ date: "2026-11-11", held: null, max_seats: null, overage: null, denials: null, active_users: null },
      ...{ idle_7_days: null, idle_14_days: null, idle_30_days: null, rebuilt: false },
    });
  });

  it("is also CSV", async () => {
    await fiveDays();
    const answer = await server().call("GET", "/api/v1/seats/history?format=csv&to=2026-11-11T00:00:00Z");
    expect(answer.headers["content-type"]).toContain("text/csv");
    expect(answer.text.split("\r\n")).toEqual([
      "date,held,max_seats,overage,denials,active_users,idle_7_days,idle_14_days,idle_30_days,rebuilt",
      "2026-11-10,1,40,0,0,1,0,0,0,false",
      "",
    ]);
  });

  it("is empty before the first day is closed, and needs no license", async () => {
    expect((await history()).days).toEqual([]);
    await fiveDays();
    await server().setLicenseText(undefined);
    server().clock.now += 2 * MINUTE_MS;
    expect((await history()).days).toHaveLength(5);
  });
});

describe("the forecast of seats", () => {
  it("is made of the stored days, and says of which", async () => {
    await decided(Array.from({ length: 40 }, (_, place) => place - 9));
    const found = await forecast();
    expect(found).toMatchObject({
      ...{ status: "forecast", series: "period", max_seats: 40, users: 30, as_of: "2026-11-09", on: "2026-11-19" },
    });
    expect(found.growth_per_day).toBeCloseTo(1, 9);
    expect(found.points).toHaveLength(30);
    expect(found.points.at(-1)).toEqual({ date: "2026-11-09", users: 30 });
  });

  it("of a new server says that there are too few days", async () => {
    await fiveDays();
    expect(await forecast()).toMatchObject({ status: "too_few_days", users: null, as_of: null, on: null, points: [] });
  });

  it("follows a new license to its own maximum", async () => {
    await decided(Array.from({ length: 30 }, (_, place) => place + 1));
    await server().setLicense({ max_seats: 50, subscription_id: "sub-1" });
    server().clock.now += 2 * MINUTE_MS;
    expect(await forecast()).toMatchObject({ max_seats: 50, on: "2026-11-29" });
    await server().setLicense({ max_seats: null, subscription_id: "sub-1" });
    server().clock.now += 2 * MINUTE_MS;
    expect(await forecast()).toMatchObject({ status: "unlimited", max_seats: null, users: 30 });
    await server().setLicense({ max_seats: 30, subscription_id: "sub-1" });
    server().clock.now += 2 * MINUTE_MS;
    expect(await forecast()).toMatchObject({ status: "reached", on: null });
  });

  it("of floating seats is of the most held in seven days", async () => {
    // Each day one more, so that the most of seven days is the newest; the first six days have no full window.
    await decided(Array.from({ length: 20 }, (_, place) => place + 1));
    const since = formatTime(START - 40 * DAY_MS);
    const rules = { mode: "floating", graceMinutes: 15, generation: 1, holding: 1, since };
    const item = { ...seatRulesKey, v: ITEM_VERSION, ...rules, modes: [{ from: since, mode: "floating" }] };
    await server().table.write({ kind: "put", item });
    const found = await forecast();
    expect(found).toMatchObject({ status: "forecast", series: "floating", users: 20, on: "2026-11-29" });
    expect(found.points).toHaveLength(14);
  });

  it("needs a license", async () => {
    await server().setLicenseText(undefined);
    expectProblem(await server().call("GET", "/api/v1/seats/forecast"), 503, "LicenseMissing");
  });
});

describe("the cost of both", () => {
  it("does not grow with the users, and a year of history is thirteen items", async () => {
    await decided(Array.from({ length: 366 }, () => 5));
    await history();
    const before = server().consumed.length;
    const from = formatTime(server().clock.now - 366 * DAY_MS);
    await history(`?from=${from}`);
    await forecast();
    const units = server()
      .consumed.slice(before)
      .reduce((sum, one) => sum + one.units, 0);
    expect(units).toBeLessThanOrEqual(40);
  });
});

import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { erasePerson } from "../../../shared/data-care/erasure/erase.ts";
import { identifiers } from "../../../shared/data-care/erasure/person.ts";
import { surveyPerson } from "../../../shared/data-care/erasure/survey.ts";
import type { Item } from "../../../shared/store/table.ts";
import { expectSuccess } from "../../support/answers.ts";
import { type App, createApp, START } from "../../support/app.ts";
import { careDeps } from "../../support/data-care.ts";
import { operatorAt } from "../../support/operator.ts";
import { expectSeatDays, storedSeatDays } from "../../support/seat-history-truth.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedItems } from "../../support/stored.ts";
import { clientOf } from "../../support/wire.ts";

// The licenses begin on the 5th of November; the tests on the 10th, at noon.
const server = serverPerTest({ terms: { max_seats: 3, subscription_id: "sub-1", type: "enterprise" } });

const under = () => operatorAt(server());
const starts = async (user: string, id = `s-${user}`) =>
  expectSuccess("sessionStart", await under().starts(id, user), 201);
const ends = async (id: string, at = server().clock.now) =>
  expectSuccess("sessionEnd", await under().ends(id, { ended_at: formatTime(at) }));
const release = async (user: string) => {
  const { seats } = expectSuccess("seatList", await server().call("GET", "/api/v1/seats"));
  const id = seats?.find(({ client_username }) => client_username === user)?.id;
  const bearer = await server().accessToken(["seats:delete"]);
  expect((await server().call("DELETE", `/api/v1/seats/${id}`, { bearer })).status).toBe(204);
};
/** Some midnights pass. Then the job runs and closes all days that are over. */
const midnights = async (count = 1) => {
  server().clock.now = (Math.floor(server().clock.now / DAY_MS) + count) * DAY_MS + 16 * MINUTE_MS;
  await server().invoke("dayClose");
};
const history = async (day: string): Promise<Item> => {
  const found = (await storedSeatDays(server())).get(day);
  expect(found, day).toBeDefined();
  return found ?? {};
};
/** A session that is reported long after it ran for an hour. */
const had = async (user: string, at: number) => {
  const id = `s-${user}-${at}`;
  const start = under().start(id, user, { started_at: formatTime(at) });
  expectSuccess("sessionEnd", await under().ends(id, { ended_at: formatTime(at + HOUR_MS), start }));
};
const later = (ms: number) => {
  server().clock.now += ms;
};

describe("what was decided about seats on a day", () => {
  it("is the most that were held at once, those beyond the maximum, and the maximum", async () => {
    for (const user of ["ana", "ben", "cem", "dee"]) await starts(user);
    later(HOUR_MS);
    await release("ana");
    await release("ben");
    later(HOUR_MS);
    await starts("eva");
    await midnights();
    expect(await history("2026-11-10")).toMatchObject({ held: 4, overage: 1, denials: 0, max: 3 });
    // The day begins with three seats, and one of them is released.
    await release("eva");
    await midnights();
    expect(await history("2026-11-11")).toMatchObject({ held: 3, overage: 0, denials: 0, max: 3 });
    await midnights();
    expect(await history("2026-11-12")).toMatchObject({ held: 2 });
    await expectSeatDays(server());
  });

  it("has the highest maximum of a day on which the license was renewed, and overage by that of the moment", async () => {
    for (const user of ["ana", "ben", "cem", "dee"]) await starts(user);
    later(HOUR_MS);
    await server().setLicense({ max_seats: 10, subscription_id: "sub-1", type: "enterprise" });
    later(MINUTE_MS);
    await starts("eva");
    await midnights();
    expect(await history("2026-11-10")).toMatchObject({ held: 5, overage: 1, max: 10 });
    await server().setLicense({ max_seats: 2, subscription_id: "sub-1", type: "enterprise" });
    later(MINUTE_MS);
    await starts("ana", "s-ana-2");
    await midnights();
    expect(await history("2026-11-11")).toMatchObject({ held: 5, overage: 3, max: 10 });
    await midnights();
    expect(await history("2026-11-12")).toMatchObject({ held: 5, overage: 3, max: 2 });
    await expectSeatDays(server());
  });

  it("is that of the larger book, on a day with two", async () => {
    for (const user of ["ana", "ben", "cem"]) await starts(user);
    later(HOUR_MS);
    await server().setLicense({ max_seats: 1, subscription_id: "sub-2", type: "teams" });
    later(MINUTE_MS);
    await starts("dee");
    expect((await under().starts("s-eva", "eva")).status).toBe(403);
    await midnights(2);
    expect(await history("2026-11-10")).toMatchObject({ held: 3, overage: 0, denials: 1, max: 3 });
    // From then on, the seats of the old license no longer count.
    expect(await history("2026-11-11")).toMatchObject({ held: 1, denials: 0, max: 1 });
    await expectSeatDays(server());
  });

  it("begins from nothing in a new billing period", async () => {
    for (const user of ["ana", "ben"]) await starts(user);
    for (const user of ["ana", "ben"]) await ends(`s-${user}`);
    later(24 * DAY_MS);
    await midnights();
    expect(await history("2026-12-04")).toMatchObject({ held: 2 });
    await starts("ana", "s-ana-2");
    await midnights();
    expect(await history("2026-12-05")).toMatchObject({ held: 1 });
    await expectSeatDays(server());
  });

  it("never changes: a seat released afterwards, or a late event, leaves a closed day as it is", async () => {
    await starts("ana");
    await midnights();
    const before = await history("2026-11-10");
    await release("ana");
    await ends("s-ana", START + HOUR_MS);
    later(HOUR_MS);
    await server().invoke("dayClose");
    expect(await history("2026-11-10")).toEqual(before);
    await expectSeatDays(server());
  });

  it("counts the different users of thirty days, once there are thirty", async () => {
    for (const user of ["ana", "ben"]) await starts(user);
    later(1);
    await release("ben");
    for (const user of ["ana", "ben"]) await ends(`s-${user}`);
    await midnights(25);
    await starts("ana", "s-ana-2");
    await starts("cem");
    for (const id of ["s-ana-2", "s-cem"]) await ends(id);
    await midnights(7);
    expect(await history("2026-12-08")).not.toHaveProperty("trailingUsers");
    // From the 10th of November on: ben's seat counts, though it was given back at once.
    expect(await history("2026-12-09")).toMatchObject({ trailingUsers: 3, held: 2 });
    expect(await history("2026-12-10")).toMatchObject({ trailingUsers: 2 });
    await expectSeatDays(server());
  });
});

describe("who used seats on a day", () => {
  it("is everybody with a session that ran on it, ended or not; a late end takes the days after it away again", async () => {
    await starts("ana");
    await starts("ben");
    later(HOUR_MS);
    await ends("s-ben");
    await midnights(3);
    expect((await history("2026-11-10"))["active"]).toEqual({ machine: 2, kubernetes: 2 });
    expect((await history("2026-11-12"))["active"]).toEqual({ machine: 1, kubernetes: 1 });
    await ends("s-ana", START + 30 * HOUR_MS);
    await midnights();
    expect((await history("2026-11-11"))["active"]).toEqual({ machine: 1, kubernetes: 1 });
    expect((await history("2026-11-12"))["active"]).toEqual({ machine: 0, kubernetes: 0 });
    await expectSeatDays(server());
  });

  it("leaves machine sessions out", async () => {
    await starts("ana");
    expectSuccess("sessionStart", await under().starts("s-ci", "robot", { ci: true }), 201);
    await midnights();
    expect((await history("2026-11-10"))["active"]).toEqual({ machine: 1, kubernetes: 1 });
    await expectSeatDays(server());
  });

  it("names holders idle from the seventh day without a session on, whatever ran in another book", async () => {
    await starts("ana");
    await starts("ben");
    for (const user of ["ana", "ben"]) await ends(`s-${user}`);
    await midnights(3);
    await starts("ben", "s-ben-2");
    await ends("s-ben-2");
    await midnights(11);
    // Ana was last seen on the 10th, ben on the 13th.
    expect((await history("2026-11-16"))["idle"]).toEqual({ "7": 0, "14": 0, "30": 0 });
    expect((await history("2026-11-17"))["idle"]).toEqual({ "7": 1, "14": 0, "30": 0 });
    expect((await history("2026-11-20"))["idle"]).toEqual({ "7": 2, "14": 0, "30": 0 });
    await midnights(2);
    expect((await history("2026-11-24"))["idle"]).toEqual({ "7": 2, "14": 1, "30": 0 });
    await expectSeatDays(server());
  });

  it("is redone when a session is reported late: its user was not idle", async () => {
    await starts("ana");
    await ends("s-ana");
    await midnights(9);
    expect((await history("2026-11-18"))["idle"]).toMatchObject({ "7": 1 });
    await had("ana", START + 3 * DAY_MS);
    later(HOUR_MS);
    await server().invoke("dayClose");
    expect((await history("2026-11-13"))["active"]).toEqual({ machine: 1, kubernetes: 1 });
    expect((await history("2026-11-18"))["idle"]).toMatchObject({ "7": 0 });
    await expectSeatDays(server());
  });
});

describe("the history after a person was erased", () => {
  const erase = async (machine: string) => {
    const deps = careDeps(server());
    const asked = identifiers({ machineId: [machine] });
    const survey = await surveyPerson(deps.scan, asked, server().clock.now);
    expect(await erasePerson(deps, asked, survey, () => {})).toMatchObject({ live: 0, left: [] });
  };

  it("is as it was, and its holders are no more idle than before, also in the period that still runs", async () => {
    for (const user of ["ana", "ben"]) {
      await starts(user);
      await ends(`s-${user}`);
    }
    await midnights(9);
    await starts("ana", "s-ana-2");
    await ends("s-ana-2");
    await midnights();
    const before = await storedSeatDays(server());
    expect(before.get("2026-11-19")).toMatchObject({ held: 2, idle: { "7": 1 } });
    await erase("SHA256:ana");
    // Each day since the first is closed again.
    await had("cem", START);
    later(HOUR_MS);
    await server().invoke("dayClose");
    const after = await storedSeatDays(server());
    expect(after.get("2026-11-10")).toMatchObject({ held: 2, active: { machine: 3 } });
    for (const day of ["2026-11-18", "2026-11-19"]) expect(after.get(day)).toEqual(before.get(day));
    // Once the period is over, the person's seat has another id, too.
    await midnights(20);
    await erase("SHA256:ben");
    await had("cem", START + DAY_MS);
    later(HOUR_MS);
    await server().invoke("dayClose");
    expect((await storedSeatDays(server())).get("2026-11-19")).toEqual(before.get("2026-11-19"));
  });
});

describe("the history of a server that an earlier release ran", () => {
  /** What an earlier release leaves: audit rows that name no book, and licenses without their terms. */
  const asEarlierRelease = async (app: App): Promise<void> => {
    for (const item of await storedItems(app)) {
      const key = { pk: String(item["pk"]), sk: String(item["sk"]) };
      const { book: _book, ...rest } = item;
      if (key.pk.startsWith("AUDIT#")) await app.table.write({ kind: "put", item: { ...rest, ...key } });
      if (key.pk !== "LICENSE" || item["history"] === undefined) continue;
      const noted = (item["history"] as Item[]).map(({ fingerprint, at }) => ({ fingerprint, at }));
      await app.table.write({ kind: "put", item: { ...item, ...key, history: noted } });
    }
  };

  it("has no figures for the days before, and marks the day of the upgrade as rebuilt", async () => {
    const earlier = await createApp({ terms: { max_seats: 3, subscription_id: "sub-1" } });
    try {
      const call = (method: string, path: string, body?: object) => earlier.call(method, path, { body });
      const start = (id: string, user: string) => ({
        session_id: id,
        instance_id: "op-1",
        started_at: formatTime(earlier.clock.now),
        client: clientOf(user),
        target: { namespace: "shop", kind: "pod", name: "x" },
      });
      expect((await call("POST", "/api/v1/sessions", start("s-1", "ana"))).status).toBe(201);
      earlier.clock.now += DAY_MS;
      expect((await call("POST", "/api/v1/sessions", start("s-2", "ben"))).status).toBe(201);
      await asEarlierRelease(earlier);
      await earlier.invoke("dayClose");
      expect([...(await storedSeatDays(earlier)).keys()]).toEqual([]);
      // A function of this release: its process has noted nothing yet.
      earlier.clock.now += HOUR_MS;
      await earlier.call("GET", "/api/v1/seats");
      await earlier.invoke("watch");
      earlier.clock.now += DAY_MS;
      await earlier.invoke("dayClose");
      expect([...(await storedSeatDays(earlier)).entries()]).toMatchObject([
        ["2026-11-11", { held: 2, max: 3, rebuilt: true }],
      ]);
      earlier.clock.now += DAY_MS;
      await earlier.invoke("dayClose");
      const next = (await storedSeatDays(earlier)).get("2026-11-12");
      expect(next).toMatchObject({ held: 2, max: 3 });
      expect(next).not.toHaveProperty("rebuilt");
    } finally {
      await earlier.close();
    }
  });
});

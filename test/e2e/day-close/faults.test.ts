import { afterEach, describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import type { Table } from "../../../shared/store/table.ts";
import { type App, type AppOptions, createApp } from "../../support/app.ts";
import { closeAll, expectClosedDays, expectTrends } from "../../support/day-truth.ts";
import { firstPlace, strideOf } from "../../support/deep.ts";
import { crashing } from "../../support/faulty-table.ts";
import { operatorOf, sessionOf } from "../../support/reaper-world.ts";
import { storedItems, storedUnder } from "../../support/stored.ts";
import { clientOf, startBody } from "../../support/wire.ts";

// A year and a leap day lie between the first of the sessions and the last.
const NOW = Date.parse("2028-03-02T09:00:00Z");

const NEW_YEAR = Date.parse("2028-01-03T09:00:00Z");

let app: App;
afterEach(() => app.close());

const openAt = async (now: number, around: AppOptions["around"]): Promise<void> => {
  app = await createApp(around === undefined ? {} : { around });
  app.clock.now = now;
  await app.setLicense({ max_seats: null }, { notBefore: NOW - 900 * DAY_MS, notAfter: NOW + 900 * DAY_MS });
};

let ids = 0;
/** A session of which the server hears only now that it is over. */
const had = async (user: string, from: string, to: string, ci = false): Promise<void> => {
  ids += 1;
  const id = `s-${ids}`;
  const start = startBody(Date.parse(from), { session_id: id, client: clientOf(user), ci, sent_at: undefined });
  const body = { ended_at: to, sent_at: formatTime(app.clock.now), start };
  const answer = await app.call("POST", `/api/v1/sessions/${id}/end`, { body });
  expect(answer.status, answer.text).toBe(200);
};

const starts = async (user: string, ci: boolean): Promise<void> => {
  ids += 1;
  const body = startBody(app.clock.now, { session_id: `s-${ids}`, client: clientOf(user), ci });
  expect((await app.call("POST", "/api/v1/sessions", { body })).status).toBe(201);
};

/** Sessions across midnights, a month's and a year's end, with some that still run. */
const liveAWhile = async (): Promise<void> => {
  await had("ana", "2027-12-31T22:00:00Z", "2028-01-01T02:00:00Z");
  await had("ben", "2027-12-30T22:00:00Z", "2028-01-03T02:00:00Z");
  await had("ben", "2028-02-28T23:59:59Z", "2028-02-29T00:00:00Z");
  await had("cy", "2028-02-29T00:00:00Z", "2028-02-29T00:00:01Z");
  await had("cy", "2028-02-29T23:00:00Z", "2028-03-01T01:00:00Z", true);
  await starts("ana", false);
  await starts("dee", true);
  app.clock.now += DAY_MS;
};

/** The same in little: the days to be closed are three. */
const liveOverNewYear = async (): Promise<void> => {
  await had("ana", "2027-12-31T22:00:00Z", "2028-01-01T02:00:00Z");
  await had("ben", "2027-12-30T22:00:00Z", "2028-01-03T02:00:00Z");
  await had("cy", "2028-01-01T23:00:00Z", "2028-01-02T01:00:00Z", true);
  await starts("ana", false);
  app.clock.now += DAY_MS;
};

/** What the job has made: all but when it looked. */
const made = async (): Promise<unknown> => {
  const items = await storedItems(app);
  const kept = items.filter(({ pk, sk }) => sk === "STATS" || sk === "SEATS" || String(pk).startsWith("USERS#"));
  return JSON.parse(JSON.stringify(kept, (key, value) => (key === "asOf" ? undefined : value)));
};

const onlyJob =
  (around: (table: Table) => Table): AppOptions["around"] =>
  (table, name) =>
    name === "dayClose" ? around(table) : table;

/** Killed at every twenty-fourth write, and with DEEP=1 at every one. */
const STRIDE = strideOf(24);

describe("the job that closes days", () => {
  it.each(["before", "after"] as const)(
    "killed right %s any write takes effect and run again leaves the same as if it had not been",
    async (when) => {
      const crash = crashing();
      await openAt(NEW_YEAR, onlyJob(crash.around));
      await liveOverNewYear();
      const untouched = await storedItems(app);
      crash.killAt(Number.POSITIVE_INFINITY, when);
      await closeAll(app);
      await expectClosedDays(app);
      const writes = crash.writes();
      const whole = await made();
      expect(writes).toBeGreaterThan(10);
      for (let write = firstPlace(STRIDE); write <= writes; write += STRIDE) {
        await restore(untouched);
        app.clock.now = NEW_YEAR + DAY_MS;
        crash.killAt(write, when);
        await closeAll(app).catch(() => undefined);
        crash.revive();
        await closeAll(app);
        expect(await made(), `killed at write ${write}`).toEqual(whole);
        await expectClosedDays(app);
      }
    },
    60_000,
  );

  it("run twice at once leaves the same as if it ran once", async () => {
    await openAt(NOW, undefined);
    await liveAWhile();
    app.clock.now += HOUR_MS;
    await Promise.all([app.invoke("dayClose"), app.invoke("dayClose")]);
    await closeAll(app);
    await expectClosedDays(app);
  });

  it("that began earlier never overwrites what one that began later has fixed, nor takes its marks", async () => {
    // The earlier run stands still right before its first write of numbers.
    let onStats: (() => Promise<void>) | undefined;
    await openAt(NOW, (table, name) => ({
      ...table,
      async write(write) {
        if (name === "dayClose" && write.kind === "update" && write.key.sk === "STATS" && onStats !== undefined) {
          const wait = onStats;
          onStats = undefined;
          await wait();
        }
        return table.write(write);
      },
    }));
    await liveAWhile();
    onStats = async () => {
      app.clock.now += MINUTE_MS;
      await had("eve", "2028-03-02T10:00:00Z", "2028-03-02T20:00:00Z");
      app.clock.now += 10 * MINUTE_MS;
      await app.invoke("dayClose");
      app.clock.now -= 11 * MINUTE_MS;
    };
    await app.invoke("dayClose");
    app.clock.now += 11 * MINUTE_MS;
    await closeAll(app);
    await expectClosedDays(app);
  });

  it("leaves a day, and those before it, while the index does not show all that ended on it", async () => {
    const lag = { hidden: true };
    await openAt(
      NOW,
      onlyJob((table) => ({
        ...table,
        async queryPage(query) {
          const page = await table.queryPage(query);
          return lag.hidden && query.partition === "ENDED#2028-02-29" ? { ...page, items: page.items.slice(1) } : page;
        },
      })),
    );
    await liveAWhile();
    await app.invoke("dayClose");
    const fixed = async () =>
      Object.keys((await storedUnder(app, "MONTH#2028-02")).find(({ sk }) => sk === "STATS") ?? {});
    expect(await fixed()).not.toContain("d29");
    expect(await fixed()).not.toContain("d28");
    // Nothing that ended on the 29th began before the 28th.
    expect(await fixed()).toContain("d27");
    lag.hidden = false;
    await closeAll(app);
    await expectClosedDays(app);
  });

  it.each([
    ["between the looks at both of its lists", "while it looks"],
    ["just before, and the index shows it in neither list", "before it looks"],
  ] as const)("counts a session that a restarted operator takes over %s", async (_what, when) => {
    let takeOver: (() => Promise<unknown>) | undefined;
    const lag = { hidden: false };
    await openAt(
      NOW,
      onlyJob((table) => ({
        ...table,
        async queryPage(query) {
          if (lag.hidden && query.partition.startsWith("LIVE#")) return { items: [], next: undefined };
          if (query.partition === "LIVE#op-1") await takeOver?.();
          return table.queryPage(query);
        },
      })),
    );
    const [before, after] = [operatorOf(app, "op-1"), operatorOf(app, "op-0")];
    await before.starts("s-1");
    await before.beats(["s-1"]);
    app.clock.now += DAY_MS + HOUR_MS;
    await after.beats([]);
    if (when === "while it looks") takeOver = () => after.beats(["s-1"]);
    else await after.beats(["s-1"]);
    lag.hidden = when === "before it looks";
    await app.invoke("dayClose");
    takeOver = undefined;
    lag.hidden = false;
    expect(await sessionOf(app, "s-1")).toMatchObject({ instanceId: "op-0", state: "live" });
    await expectTrends(app, "ClientCertificate", { closed: false });
    await closeAll(app);
    await expectClosedDays(app);
  });

  it("out of time goes on where it was, in as many runs as it takes", async () => {
    let step = 0;
    await openAt(
      NOW,
      onlyJob((table) => ({
        ...table,
        async write(write) {
          app.clock.now += step;
          return table.write(write);
        },
      })),
    );
    await liveAWhile();
    await app.invoke("dayClose");
    await had("eve", "2027-12-20T10:00:00Z", "2028-01-20T20:00:00Z");
    await had("eve", "2028-01-20T10:00:00Z", "2028-02-20T20:00:00Z");
    app.clock.now += HOUR_MS;
    // Each day takes 20 s, of which a run has 280.
    step = 10_000;
    const outcomes: { closed: number; left: number }[] = [];
    do outcomes.push((await app.invoke("dayClose")) as { closed: number; left: number });
    while ((outcomes.at(-1)?.left ?? 0) > 0 && outcomes.length < 20);
    expect(outcomes.length).toBeGreaterThan(2);
    expect(outcomes.length).toBeLessThan(10);
    step = 0;
    await closeAll(app);
    await expectClosedDays(app);
  });

  it("done with many days at once reads the sessions of each day once, and writes little where nothing happened", async () => {
    const reads: string[] = [];
    await openAt(
      NOW,
      onlyJob((table) => ({
        ...table,
        async queryPage(query) {
          if (query.partition.startsWith("ENDED#")) reads.push(query.partition);
          return table.queryPage(query);
        },
      })),
    );
    await liveAWhile();
    await app.invoke("dayClose");
    expect(reads.length).toBeGreaterThan(60);
    expect(new Set(reads).size).toBe(reads.length);
    app.clock.now += HOUR_MS;
    await closeAll(app);
    reads.length = 0;
    await app.invoke("dayClose");
    expect(reads).toEqual([]);
  });

  it("counts a session on the days it ran though its start was told days late, while it still runs", async () => {
    await openAt(NOW, undefined);
    await liveAWhile();
    await closeAll(app);
    const body = startBody(Date.parse("2028-02-27T10:00:00Z"), {
      session_id: "late",
      client: clientOf("eve"),
      ci: true,
      sent_at: formatTime(app.clock.now),
    });
    expect((await app.call("POST", "/api/v1/sessions", { body })).status).toBe(201);
    await app.call("POST", "/api/v1/heartbeat", {
      body: {
        instance_id: "op-1",
        operator_version: "3.130.0",
        seq: 1,
        sent_at: formatTime(app.clock.now),
        sessions: [],
      },
    });
    await closeAll(app);
    await expectClosedDays(app);
  });

  it("moves a user's first day on where the only session of it turns out to have ended later", async () => {
    await openAt(NOW, undefined);
    await starts("zoe", false);
    app.clock.now += MINUTE_MS;
    await app.call("POST", "/api/v1/heartbeat", {
      body: {
        instance_id: "op-1",
        operator_version: "3.130.0",
        seq: 1,
        sent_at: formatTime(app.clock.now),
        sessions: [`s-${ids}`],
      },
    });
    app.clock.now += 3 * DAY_MS;
    await app.invoke("reaper");
    await closeAll(app);
    const firstDay = async () => (await storedUnder(app, "USERS#kubernetes")).map(({ sk, firstDay: day }) => [sk, day]);
    expect(await firstDay()).toEqual([["zoe@example.com", "2028-03-02"]]);
    const answer = await app.call("POST", `/api/v1/sessions/s-${ids}/end`, {
      body: { ended_at: "2028-03-04T08:00:00Z" },
    });
    expect(answer.status).toBe(200);
    await closeAll(app);
    expect(await firstDay()).toEqual([["zoe@example.com", "2028-03-04"]]);
    await expectClosedDays(app);
  });
});

/** Puts the table back to what it was. */
const restore = async (items: readonly Record<string, unknown>[]): Promise<void> => {
  const keyOf = ({ pk, sk }: Record<string, unknown>) => ({ pk: String(pk), sk: String(sk) });
  const before = new Set(items.map((item) => JSON.stringify(keyOf(item))));
  for (const item of await storedItems(app))
    if (!before.has(JSON.stringify(keyOf(item)))) await app.table.write({ kind: "delete", key: keyOf(item) });
  await app.table.batchPut(items.map((item) => ({ ...item, ...keyOf(item) })));
};

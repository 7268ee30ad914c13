import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { backfill, type HistoryRow } from "../../../shared/data-care/backfill.ts";
import { verifyDigests } from "../../../shared/operators/verify-digests.ts";
import { verifySeatCounters } from "../../../shared/seats/verify-counters.ts";
import type { Item, Table } from "../../../shared/store/table.ts";
import { type App, createApp, START } from "../../support/app.ts";
import { careDeps, DAY, historyRow, RETENTION_DAYS, verifyAll } from "../../support/data-care.ts";
import { DEEP, firstPlace, strideOf } from "../../support/deep.ts";
import { crashing, lagging } from "../../support/faulty-table.ts";
import { storedItems } from "../../support/stored.ts";
import { expectSoundTable } from "../../support/table-truth.ts";

const opened: App[] = [];
afterEach(async () => {
  for (const app of opened.splice(0)) await app.close();
});
const open = async (): Promise<App> => {
  const app = await createApp({ env: { RETENTION_SESSIONS_DAYS: String(RETENTION_DAYS) } });
  opened.push(app);
  return app;
};

const history = (days: number, perDay: number): HistoryRow[] =>
  Array.from({ length: days * perDay }, (_, index) =>
    historyRow(index + 2, {
      id: `h-${index}`,
      user: `user-${index % 3}`,
      target: `target-${index % 2}`,
      ...(index % 4 === 0 ? { trigger: `PR ${index % 8}` } : {}),
      start: START - (days + 1) * DAY + Math.floor(index / perDay) * DAY + index * 1_000,
      seconds: 600 + index,
    }),
  );

const filled = async (days = 25, perDay = 6): Promise<App> => {
  const app = await open();
  await backfill(careDeps(app), history(days, perDay), () => undefined);
  return app;
};

const isRollup = ({ sk }: Item): boolean => String(sk).startsWith("ROLLUP#");
const rollups = async (app: App): Promise<Item[]> => (await storedItems(app)).filter(isRollup);
const put = (app: App, item: Item) => app.client.send(new PutCommand({ TableName: app.tableName, Item: item }));
const drop = (app: App, { pk, sk }: Item) =>
  app.client.send(new DeleteCommand({ TableName: app.tableName, Key: { pk, sk } }));
const nameOf = ({ pk, sk }: Item): string => `${pk} ${sk}`;

type Damage = {
  pick: number;
  how: "sessions" | "seconds" | "firstStart" | "lastEnd" | "b10" | "denied" | "gone" | "twin";
};

const damageArbitrary: fc.Arbitrary<Damage> = fc.record({
  pick: fc.nat(10_000),
  how: fc.constantFrom("sessions", "seconds", "firstStart", "lastEnd", "b10", "denied", "gone", "twin"),
});

/** Does damage to a row; gives the row whose being wrong that is. */
const damage = async (app: App, row: Item, how: Damage["how"]): Promise<string> => {
  if (how === "gone") await drop(app, row);
  if (how === "sessions" || how === "seconds" || how === "denied")
    await put(app, { ...row, [how]: Number(row[how] ?? 0) + 3 });
  // Rows of people have no duration buckets.
  if (how === "b10") await put(app, { ...row, [row["kind"] === undefined ? "seconds" : how]: 1_234_567 });
  if (how === "firstStart") await put(app, { ...row, firstStart: "2026-01-01T00:00:00.000Z" });
  if (how === "lastEnd") await put(app, { ...row, lastEnd: "2027-01-01T00:00:00.000Z" });
  if (how !== "twin") return nameOf(row);
  // A row in a shard that nothing was counted in.
  const twin = { ...row, sk: `${String(row["sk"]).slice(0, -1)}5` };
  await put(app, twin);
  return nameOf(twin);
};

describe("verify", () => {
  it("finds exactly the damage, rebuild repairs it, and a second look finds nothing", async () => {
    const app = await filled();
    const sound = await rollups(app);
    await fc.assert(
      fc.asyncProperty(fc.array(damageArbitrary, { minLength: 1, maxLength: 5 }), async (damages) => {
        const wrong = new Set<string>();
        const hit = new Set<string>();
        for (const { pick, how } of damages) {
          const row = sound[pick % sound.length];
          if (row === undefined || hit.has(nameOf(row))) continue;
          hit.add(nameOf(row));
          wrong.add(await damage(app, row, how));
        }
        const found = await verifyAll(app);
        expect(new Set(found.map(({ row }) => row))).toEqual(wrong);
        expect(new Set(found.map(({ outcome }) => outcome))).toEqual(new Set(["found"]));
        const repaired = await verifyAll(app, { repair: true });
        expect(new Set(repaired.map(({ outcome }) => outcome))).toEqual(new Set(["repaired"]));
        expect(await rollups(app)).toEqual(sound);
        await expectSoundTable(app);
        expect(await verifyAll(app)).toEqual([]);
      }),
      { numRuns: DEEP ? 12 : 1 },
    );
  });

  it("mends a row whose identity was overwritten", async () => {
    const app = await filled(3, 4);
    const sound = await rollups(app);
    await put(app, { ...sound[0], kubernetesUsername: "somebody-else" });
    expect(await verifyAll(app, { repair: true })).toMatchObject([{ outcome: "repaired" }]);
    expect(await rollups(app)).toEqual(sound);
  });

  it("leaves today's rows to the next run", async () => {
    const app = await filled(3, 4);
    await backfill(
      careDeps(app),
      [historyRow(2, { id: "today", start: START - 3_600_000, seconds: 60 })],
      () => undefined,
    );
    const today = (await rollups(app)).find(({ pk }) => pk === "DAY#2026-11-10");
    const month = (await rollups(app)).find(({ pk, sk }) => pk === "MONTH#2026-11" && sk === today?.["sk"]);
    await put(app, { ...today, sessions: 5 });
    await put(app, { ...month, sessions: Number(month?.["sessions"]) + 4 });
    expect(await verifyAll(app)).toEqual([]);
    app.clock.now += DAY;
    expect((await verifyAll(app, { repair: true })).map(({ row }) => row).sort()).toEqual(
      [`DAY#2026-11-10 ${today?.["sk"]}`, `MONTH#2026-11 ${month?.["sk"]}`].sort(),
    );
    await expectSoundTable(app);
  });

  it("takes nothing away of days whose sessions may have been cleaned up", async () => {
    const app = await filled(25, 3);
    const before = await rollups(app);
    for (const item of await storedItems(app)) if (String(item["pk"]).startsWith("SESSION#")) await drop(app, item);
    app.clock.now += RETENTION_DAYS * DAY;
    expect(await verifyAll(app, { repair: true })).toEqual([]);
    await drop(app, before.find(({ pk }) => String(pk).startsWith("DAY#")) ?? {});
    expect(await verifyAll(app, { repair: true })).toMatchObject([{ outcome: "too old" }]);
    expect((await rollups(app)).length).toBe(before.length - 1);
  });

  it("takes only the days asked for", async () => {
    const app = await filled(5, 3);
    const days = (await rollups(app)).filter(({ pk }) => String(pk).startsWith("DAY#"));
    for (const row of days) await damage(app, row, "seconds");
    const from = Date.parse("2026-11-07");
    const found = await verifyAll(app, { from, to: from + DAY });
    const ofDays = found.map(({ row }) => row).filter((row) => row.startsWith("DAY#"));
    expect(ofDays.sort()).toEqual(
      days
        .map(nameOf)
        .filter((row) => row.startsWith("DAY#2026-11-07"))
        .sort(),
    );
  });

  it("takes an index that lags behind for no difference", async () => {
    const app = await open();
    const lag = lagging();
    const table = lag.around(app.table);
    await backfill(careDeps(app, table), history(3, 4), () => undefined);
    lag.state.hidden = 6;
    expect(await verifyAll(app, { repair: true }, table)).toEqual([]);
    await expectSoundTable(app);
  });
});

describe("rebuild", () => {
  it("harms no end that comes at the same time, and the next run has nothing left to do", async () => {
    const app = await filled(8, 9);
    for (const [index, row] of (await rollups(app)).entries())
      if (index % 3 === 0) await damage(app, row, index % 2 === 0 ? "sessions" : "gone");
    const more = history(8, 9).map(({ line, value }) => ({
      line,
      value: { ...(value as object), session_id: `more-${line}` },
    }));
    const traffic = async () => {
      for (let index = 0; index < more.length; index += 6)
        await backfill(careDeps(app), more.slice(index, index + 6), () => undefined);
    };
    await Promise.all([traffic(), verifyAll(app, { repair: true })]);
    await verifyAll(app, { repair: true });
    await expectSoundTable(app);
    expect(await verifyAll(app)).toEqual([]);
  });

  it("does not overwrite an end that comes between its look and its write", async () => {
    const app = await filled(3, 4);
    const row = (await rollups(app)).find(({ pk }) => String(pk).startsWith("DAY#"));
    await damage(app, row ?? {}, "sessions");
    const late = history(3, 4).map(({ line, value }) => ({
      line,
      value: { ...(value as object), session_id: `late-${line}` },
    }));
    let met = 0;
    const table: Table = {
      ...app.table,
      async transact(writes) {
        met += 1;
        if (met === 1) await backfill(careDeps(app), late, () => undefined);
        return app.table.transact(writes);
      },
    };
    expect((await verifyAll(app, { repair: true }, table)).map(({ outcome }) => outcome)).toEqual(["repaired"]);
    expect(met).toBeGreaterThan(1);
    await expectSoundTable(app);
  });

  it("killed at any write and run again, ends as if it had not been", async () => {
    const app = await filled(6, 4);
    const sound = await rollups(app);
    const table = crashing();
    const stride = strideOf(12);
    for (let write = firstPlace(stride); ; write += stride) {
      for (const [index, row] of sound.entries())
        if (index % 4 === 0) await damage(app, row, index % 8 === 0 ? "gone" : "sessions");
      table.killAt(write, write % 2 === 0 ? "before" : "after");
      await verifyAll(app, { repair: true }, table.around(app.table)).catch(() => undefined);
      const wasKilled = table.killed();
      table.revive();
      await verifyAll(app, { repair: true });
      expect(await rollups(app)).toEqual(sound);
      if (!wasKilled) {
        expect(write).toBeGreaterThan(firstPlace(stride));
        break;
      }
    }
  });
});

describe("what is only told of", () => {
  it("is a seat counter that is not the number of its seats", async () => {
    const app = await open();
    await app.call("POST", "/api/v1/license", { body: { instance_id: "op", operator_version: "3.1.0" } });
    const { ended_at: _, ...start } = historyRow(1, { id: "s-1", start: START - 60_000, seconds: 1 }).value as {
      ended_at: string;
    };
    await app.call("POST", "/api/v1/sessions", { body: { ...start, instance_id: "op" } });
    const look = () => verifySeatCounters({ ...careDeps(app), pauseMs: 1 }, { from: START - 90 * DAY, to: START });
    expect(await look()).toEqual([]);
    const counter = (await storedItems(app)).find(({ sk }) => sk === "COUNTER");
    await put(app, { ...counter, claimed: 4 });
    expect(await look()).toEqual([{ book: counter?.["pk"], claimed: 4, seats: 1 }]);
    // What retention has let go is cleaned away item by item, over days.
    await put(app, { ...counter, claimed: 4, expiresAt: app.clock.now / 1_000 });
    expect(await look()).toEqual([]);
  });

  it("is an operator's digest that is not that of its live sessions", async () => {
    const app = await open();
    await app.call("POST", "/api/v1/license", { body: { instance_id: "op", operator_version: "3.1.0" } });
    const look = () => verifyDigests({ ...careDeps(app), pauseMs: 1 });
    expect(await look()).toEqual([]);
    const operator = (await storedItems(app)).find(({ pk }) => pk === "OPERATORS");
    await put(app, { ...operator, liveCount: 2, liveSum: 77 });
    expect(await look()).toEqual([{ instanceId: "op", digest: { count: 2, sum: 77 }, live: { count: 0, sum: 0 } }]);
  });
});

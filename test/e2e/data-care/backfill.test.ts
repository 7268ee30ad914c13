import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type BackfillOptions, backfill, type HistoryRow } from "../../../shared/data-care/backfill.ts";
import type { Item, Table } from "../../../shared/store/table.ts";
import { type App, createApp, START } from "../../support/app.ts";
import { careDeps, DAY, historyRow, RETENTION_DAYS, verifyAll } from "../../support/data-care.ts";
import { firstPlace, runsOf, strideOf } from "../../support/deep.ts";
import { crashing } from "../../support/faulty-table.ts";
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

const bringIn = (app: App, rows: readonly HistoryRow[], options: BackfillOptions = {}, table?: Table) =>
  backfill(careDeps(app, table), rows, () => undefined, options);

const toldArbitrary = fc.record({
  id: fc.integer({ min: 0, max: 30 }).map((number) => `h-${number}`),
  user: fc.constantFrom("ann", "bob"),
  target: fc.constantFrom("cart", "pay"),
  ci: fc.boolean(),
  start: fc.integer({ min: 0, max: 70 * 24 * 60 }).map((minutes) => START - 71 * DAY + minutes * 60_000),
  seconds: fc.integer({ min: 0, max: 80_000 }),
});

/** The table without what tells of when it was written, and by whom. */
const content = (items: readonly Item[]): Item[] => items.filter(({ sk }) => sk !== "DIRTY");

const rowsOver = (days: number, perDay: number): HistoryRow[] =>
  Array.from({ length: days * perDay }, (_, index) =>
    historyRow(index + 2, {
      id: `h-${index}`,
      user: `user-${index % 7}`,
      machine: `machine-${index % 7}`,
      target: `target-${index % 3}`,
      start: START - (days + 1) * DAY + Math.floor(index / perDay) * DAY + index * 1_000,
      seconds: 600 + index,
    }),
  );

describe("a backfill", () => {
  it("counts every session in its day and month, and the report shows them", async () => {
    const app = await open();
    const rows = rowsOver(40, 5);
    const tally = await bringIn(app, rows);
    expect(tally).toEqual({ read: 200, imported: 200, unchanged: 0, differing: 0, refused: 0 });
    await expectSoundTable(app);
    expect(await verifyAll(app)).toEqual([]);
    const report = await app.call("GET", "/api/v1/reports/usage?format=json");
    expect(report.json.allTimeMetrics).toMatchObject({
      totalSessionCount: 200,
      totalSessionTimeSeconds: rows.reduce((sum, _, index) => sum + 600 + index, 0),
    });
  });

  it("leaves the same table however the file is split, however often it is run, with rows told twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(toldArbitrary, { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 3 }),
        async (told, cuts) => {
          const rows = told.map((one, index) => historyRow(index + 2, one));
          const [whole, parts] = [await open(), await open()];
          await bringIn(whole, rows);
          const places = [0, ...cuts.sort((a, b) => a - b), rows.length];
          for (const [index, place] of places.slice(1).entries()) {
            const part = rows.slice(places[index], place);
            await bringIn(parts, part);
            await bringIn(parts, part);
          }
          await bringIn(parts, rows);
          expect(content(await storedItems(parts))).toEqual(content(await storedItems(whole)));
          await expectSoundTable(whole);
          for (const app of opened.splice(0)) await app.close();
        },
      ),
      { numRuns: runsOf(6) },
    );
  });

  it("tells of a session that stands otherwise, field by field, and leaves it", async () => {
    const app = await open();
    const first = { id: "h-1", start: START - 2 * DAY, seconds: 60 };
    await bringIn(app, [historyRow(2, first)]);
    const before = await storedItems(app);
    const differing: unknown[] = [];
    const tally = await bringIn(app, [historyRow(2, { ...first, seconds: 90, user: "else" }), historyRow(3, first)], {
      onDiffering: (row) => differing.push(row),
    });
    expect(tally).toMatchObject({ imported: 0, unchanged: 1, differing: 1 });
    expect(differing).toEqual([{ line: 2, sessionId: "h-1", fields: ["ended_at", "client.kubernetes_username"] }]);
    expect(await storedItems(app)).toEqual(before);
  });

  it("never touches a session that is live", async () => {
    const app = await open();
    const start = historyRow(1, { id: "h-1", start: START - DAY, seconds: 60 }).value as Record<string, unknown>;
    await app.call("POST", "/api/v1/license", { body: { instance_id: "op", operator_version: "3.1.0" } });
    expect((await app.call("POST", "/api/v1/sessions", { body: { ...start, instance_id: "op" } })).status).toBe(201);
    const differing: unknown[] = [];
    await bringIn(app, [{ line: 2, value: start }], { onDiffering: (row) => differing.push(row) });
    expect(differing).toEqual([{ line: 2, sessionId: "h-1", fields: ["state"] }]);
    await expectSoundTable(app);
  });

  it("gives a row without an id one made of its content, whatever the time zone it is written in", async () => {
    const app = await open();
    const row = { start: START - 2 * DAY, seconds: 60 };
    const [plain] = [historyRow(2, row)];
    const elsewhere = {
      line: 3,
      value: {
        ...(plain.value as object),
        started_at: "2026-11-08T14:00:00+02:00",
        ended_at: "2026-11-08T14:01:00+02:00",
      },
    };
    expect(await bringIn(app, [plain, elsewhere])).toMatchObject({ imported: 1, unchanged: 1 });
    expect(await bringIn(app, [elsewhere])).toMatchObject({ imported: 0, unchanged: 1 });
  });

  it("refuses bad rows with all their faults, and takes the others", async () => {
    const app = await open();
    const refused: unknown[] = [];
    const good = { start: START - 2 * DAY, seconds: 60 };
    const rows = [
      historyRow(2, { ...good, id: "ok" }),
      {
        line: 3,
        value: { ...(historyRow(3, good).value as object), session_id: "a b", started_at: "noon", client: {} },
      },
      historyRow(4, { ...good, start: START, seconds: 1 }),
      historyRow(5, { ...good, start: START - (RETENTION_DAYS - 2) * DAY }),
      historyRow(6, { ...good, seconds: -5 }),
      { line: 7, value: null },
    ];
    const tally = await bringIn(app, rows, { onRefused: (row) => refused.push(row) });
    expect(tally).toEqual({ read: 6, imported: 1, unchanged: 0, differing: 0, refused: 5 });
    expect(refused).toEqual([
      {
        line: 3,
        faults: [
          { path: "session_id", message: expect.stringContaining("1 to 128 characters") },
          { path: "started_at", message: expect.stringContaining("RFC 3339") },
          { path: "client.id", message: "is required" },
          { path: "client.hostname", message: "is required" },
          { path: "client.username", message: "is required" },
          { path: "client.kubernetes_username", message: "is required" },
        ],
      },
      { line: 4, faults: [{ path: "ended_at", message: "must not be later than now" }] },
      { line: 5, faults: [{ path: "ended_at", message: "is longer ago than sessions are kept" }] },
      { line: 6, faults: [{ path: "ended_at", message: "must not be before the session's start" }] },
      { line: 7, faults: [{ path: "", message: "must be an object" }] },
    ]);
  });

  it("changes nothing in a dry run, and tells what it would do", async () => {
    const app = await open();
    const before = await storedItems(app);
    expect(await bringIn(app, rowsOver(2, 3), { check: true })).toMatchObject({ read: 6, imported: 6 });
    expect(await storedItems(app)).toEqual(before);
  });

  it("killed at any write and run again, ends as if it had not been", async () => {
    const rows = rowsOver(2, 30);
    const whole = await open();
    await bringIn(whole, rows);
    const wanted = content(await storedItems(whole));
    const table = crashing();
    const stride = strideOf(10);
    for (let write = firstPlace(stride); ; write += stride) {
      const app = await open();
      table.killAt(write, write % 2 === 0 ? "before" : "after");
      await bringIn(app, rows, {}, table.around(app.table)).catch(() => undefined);
      const wasKilled = table.killed();
      table.revive();
      await expectSoundTable(app);
      await bringIn(app, rows, {}, table.around(app.table));
      expect(content(await storedItems(app))).toEqual(wanted);
      await app.close();
      opened.pop();
      if (!wasKilled) {
        expect(write).toBeGreaterThan(firstPlace(stride));
        break;
      }
    }
  });

  it("beside ends of the same users loses none and counts none twice", async () => {
    const app = await open();
    const rows = rowsOver(6, 20);
    await app.call("POST", "/api/v1/license", { body: { instance_id: "op", operator_version: "3.1.0" } });
    const ended = rowsOver(6, 20).map(({ value }, index) => {
      const row = value as Record<string, unknown>;
      const id = `live-${index}`;
      const { ended_at, ...start } = { ...row, session_id: id, instance_id: "op" } as Record<string, unknown>;
      return { session_id: id, ended_at, start };
    });
    const beat = app.call("POST", "/api/v1/heartbeat", {
      body: {
        instance_id: "op",
        operator_version: "3.1.0",
        seq: 1,
        sent_at: new Date(START).toISOString(),
        sessions: [],
        ended,
      },
    });
    const [tally, answer] = await Promise.all([bringIn(app, rows), beat]);
    expect(tally.imported).toBe(120);
    expect(answer.json.accepted).toHaveLength(120);
    await expectSoundTable(app);
    const report = await app.call("GET", "/api/v1/reports/usage?format=json");
    expect(report.json.allTimeMetrics.totalSessionCount).toBe(240);
  });
});

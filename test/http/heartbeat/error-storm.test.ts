import { expect, it } from "vitest";
import { StoreUnavailable, type Table } from "../../../shared/store/table.ts";
import { type App, createApp } from "../../support/app.ts";
import { heartbeatBody } from "../../support/wire.ts";

/** All of them send what a minute has brought within this time. DEEP has as many operators as one deployment serves. */
const [OPERATORS, WITHIN_MS] = process.env["DEEP"] === "1" ? [600, 2_000] : [60, 200];
const ERRORS = 100;
/** What DynamoDB writes to a partition in a second. */
const UNITS_A_SECOND = 1_000;

/** A table whose partitions take no more than DynamoDB's do, in the time of the clock. */
const crowded = (app: () => App) => {
  const freeAt = new Map<unknown, number>();
  let stored = 0;
  const around = (real: Table): Table => ({
    ...real,
    async batchPut(items, { deadline = Number.POSITIVE_INFINITY } = {}) {
      const { clock } = app();
      const [pk] = items.map((item) => item.pk);
      const units = items.reduce((sum, item) => sum + Math.ceil(JSON.stringify(item).length / 1_024), 0);
      const done = Math.max(clock.now, freeAt.get(pk) ?? 0) + (units * 1_000) / UNITS_A_SECOND;
      clock.now = Math.max(clock.now, Math.min(done, deadline));
      if (done > deadline) throw new StoreUnavailable("too much contention");
      freeAt.set(pk, done);
      stored += items.length;
    },
  });
  return { around, stored: () => stored };
};

it("an error storm delays a heartbeat with its lease for a second at most, and what cannot be stored in time is in the log", async () => {
  let app: App | undefined;
  const running = (): App => {
    if (app === undefined) throw new Error("not running");
    return app;
  };
  const { around, stored } = crowded(running);
  app = await createApp({ around: (table, name) => (name === "heartbeat" ? around(table) : table) });
  try {
    const begun = app.clock.now;
    for (let operator = 0; operator < OPERATORS; operator += 1) {
      const sentAt = begun + Math.floor((operator * WITHIN_MS) / OPERATORS);
      app.clock.now = sentAt;
      const errors = Array.from({ length: ERRORS }, (_, place) => ({
        timestamp: new Date(sentAt).toISOString(),
        error: `agent pod ${place} did not start: ${"x".repeat(4_000)}`,
      }));
      const body = heartbeatBody(sentAt, { instance_id: `op-${operator}`, errors });
      const { status, json } = await app.call("POST", "/api/v1/heartbeat", { body });
      expect([status, typeof json.lease.token]).toEqual([200, "string"]);
      // Nothing else takes time here, so the whole heartbeat takes less than two.
      expect(app.clock.now - sentAt).toBeLessThanOrEqual(1_000);
    }
    const lines = app.logs.filter(({ message }) => message === "operator errors could not be kept");
    const dropped = lines.reduce((sum, line) => sum + Number(line["count"]), 0);
    expect(dropped).toBeGreaterThan(0);
    expect(stored()).toBeGreaterThan(OPERATORS);
    expect(stored() + dropped).toBe(OPERATORS * ERRORS);
    for (const line of lines) {
      expect(line["errors"]).toContainEqual({ error: expect.stringContaining("did not start"), count: 1 });
      expect(JSON.stringify(line).length).toBeLessThan(20_000);
    }
  } finally {
    await app.close();
  }
});

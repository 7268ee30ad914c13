import { expect, it } from "vitest";
import { operatorKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { closeDays } from "../../../shared/day-close/close-days.ts";
import { readLiveSpans } from "../../../shared/day-close/day-sessions.ts";
import type { Query, Table } from "../../../shared/store/table.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const NOW = Date.parse("2026-11-10T12:00:00Z");
const OPERATORS = 40_000;
/** What a query of the index takes. */
const QUERY_MS = 10;

const givenUp = (ago: number) => ({ expiresAt: Math.floor((NOW - ago + 30 * DAY_MS) / SECOND_MS) });

/** 40,000 operators: a thousand run, a thousand were given up within the hour, the others earlier. */
const items = Array.from({ length: OPERATORS }, (_, place) => ({
  ...operatorKey(`op-${place}`),
  ...(place < 1_000 ? {} : place < 2_000 ? givenUp(HOUR_MS / 2) : givenUp((place % 29) * DAY_MS + HOUR_MS)),
}));

const memory = createMemoryTable();
await memory.batchPut(items);

/** The table, in a time of its own: calls that are made at once take the time of one. */
const world = (queryMs = QUERY_MS) => {
  const clock = { now: NOW };
  const asked: string[] = [];
  let atOnce = 0;
  let most = 0;
  const table: Table = {
    ...memory,
    async queryPage(query: Query) {
      asked.push(query.partition);
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      clock.now += queryMs / atOnce;
      atOnce -= 1;
      return memory.queryPage(query);
    },
  };
  return { table, clock, asked, most: () => most };
};

const live = (asked: readonly string[]) => asked.filter((partition) => partition.startsWith("LIVE#"));

it("of 40,000 operators, those that were given up more than an hour ago are not looked at, and the others 16 at a time", async () => {
  const { table, clock, asked, most } = world();
  const moment = { now: NOW, deadline: NOW + 280 * SECOND_MS };
  expect(await readLiveSpans(table, moment, () => clock.now)).toEqual({ spans: [], complete: true });
  expect(live(asked)).toHaveLength(2_000);
  expect(most()).toBe(16);
  expect(clock.now - NOW).toBeLessThan(5 * SECOND_MS);
});

it("no day is closed if the live sessions cannot be read in time, and the run ends with its deadline", async () => {
  const { table, clock, asked } = world(5 * SECOND_MS);
  const lines: string[] = [];
  const pace = { now: () => clock.now, random: Math.random, sleep: async () => undefined };
  const log = createLogger("warn", (line) => lines.push(line));
  const moment = { now: NOW, deadline: NOW + 60 * SECOND_MS };
  expect(await closeDays({ table, pace, log, retentionDays: 100, anchorDay: undefined }, moment)).toEqual({
    closed: 0,
    left: 0,
  });
  expect(live(asked).length).toBeLessThan(300);
  expect(lines.join()).toContain("could not be read in time");
  expect(clock.now).toBeLessThan(moment.deadline + 20 * SECOND_MS);
});

import { describe, expect, it } from "vitest";
import type { FunctionName } from "../../../shared/contract/functions.ts";
import { DIRTY_LIST } from "../../../shared/contract/keys.ts";
import { DAY_MS, formatTime, HOUR_MS } from "../../../shared/contract/time.ts";
import type { Table } from "../../../shared/store/table.ts";
import { type App, createApp } from "../../support/app.ts";
import { closeAll, expectClosedDays } from "../../support/day-truth.ts";
import { HISTORIES_TIMEOUT_MS } from "../../support/history.ts";
import { clientOf, startBody } from "../../support/wire.ts";
import { expectHistoriesClosed } from "./closing-histories.ts";

/** The functions as the release before days were closed had them: they count, and mark no day. */
const markingNothing = (table: Table, name?: FunctionName): Table =>
  name === undefined || name === "dayClose"
    ? table
    : {
        ...table,
        write: (write) =>
          write.kind === "update" && write.key.sk === DIRTY_LIST
            ? Promise.resolve({ outcome: "written", item: {} })
            : table.write(write),
      };

const MIDNIGHT = Date.parse("2026-11-20T00:00:00Z");

/** Two weeks of a server, all of them closed, then one call: an event of days that are over, which marks nothing. */
const afterClosedDays = async (call: (app: App) => Promise<void>): Promise<void> => {
  const app = await createApp({ around: markingNothing, terms: { max_seats: null } });
  try {
    app.clock.now = MIDNIGHT - 14 * DAY_MS;
    await had(app, "first", app.clock.now - 2 * HOUR_MS, app.clock.now - HOUR_MS);
    app.clock.now = MIDNIGHT + HOUR_MS;
    await closeAll(app);
    await expectClosedDays(app);
    await call(app);
    app.clock.now += DAY_MS;
    await closeAll(app);
    // What was found on the way is done by the runs after.
    app.clock.now += HOUR_MS;
    await closeAll(app);
    await expectClosedDays(app);
  } finally {
    await app.close();
  }
};

/** A server's first day, on which an event marks the day before, which is closed. Then one call that marks nothing. */
const onTheFirstDay = async (call: (app: App) => Promise<void>): Promise<void> => {
  let marks = true;
  const around = (table: Table, name?: FunctionName): Table => {
    const nothing = markingNothing(table, name);
    return { ...table, write: (write) => (marks ? table : nothing).write(write) };
  };
  const app = await createApp({ around, terms: { max_seats: null } });
  try {
    app.clock.now = MIDNIGHT + 12 * HOUR_MS;
    const today = startBody(app.clock.now, { session_id: "today", client: clientOf("today") });
    expect((await app.call("POST", "/api/v1/sessions", { body: today })).status).toBe(201);
    await had(app, "first", app.clock.now - DAY_MS, app.clock.now - DAY_MS + HOUR_MS);
    app.clock.now += HOUR_MS;
    await closeAll(app);
    marks = false;
    await call(app);
    app.clock.now += HOUR_MS;
    await closeAll(app);
    await expectClosedDays(app);
  } finally {
    await app.close();
  }
};

const had = async (app: App, id: string, from: number, to: number): Promise<void> => {
  const { now } = app.clock;
  const start = startBody(from, { session_id: id, client: clientOf(id), sent_at: undefined });
  const body = { ended_at: formatTime(to), sent_at: formatTime(now), start };
  const answer = await app.call("POST", `/api/v1/sessions/${id}/end`, { body });
  expect(answer.status, answer.text).toBe(200);
};

describe("what a release counts that marks no days", () => {
  it("is found where it ended on a day that was closed", () =>
    afterClosedDays((app) => had(app, "late", MIDNIGHT - 3 * DAY_MS + HOUR_MS, MIDNIGHT - 3 * DAY_MS + 2 * HOUR_MS)));

  it("is found where it ran over days that were closed and ended on one that was, too", () =>
    afterClosedDays((app) => had(app, "late", MIDNIGHT - 9 * DAY_MS, MIDNIGHT - 2 * DAY_MS + HOUR_MS)));

  it("is found where it ran over days that were closed and ended on one that was still open", () =>
    afterClosedDays((app) => had(app, "late", MIDNIGHT - 9 * DAY_MS, MIDNIGHT + HOUR_MS / 2)));

  // On a server's first days, events reach back before it had a license.
  it("is found where the day is before the server's first license", () =>
    onTheFirstDay(async (app) => {
      const yesterday = MIDNIGHT - DAY_MS;
      await had(app, "more", yesterday + HOUR_MS, yesterday + 3 * HOUR_MS);
    }));

  it("is found where days were closed with a session as running that had ended before", () =>
    afterClosedDays(async (app) => {
      const id = "forgotten";
      const start = startBody(app.clock.now, { session_id: id, client: clientOf(id) });
      expect((await app.call("POST", "/api/v1/sessions", { body: start })).status).toBe(201);
      const endedAt = formatTime(app.clock.now + HOUR_MS);
      app.clock.now += 4 * DAY_MS;
      await closeAll(app);
      const body = { ended_at: endedAt, sent_at: formatTime(app.clock.now) };
      expect((await app.call("POST", `/api/v1/sessions/${id}/end`, { body })).status).toBe(200);
    }));
});

describe("after any history that a release which marks no days has counted", () => {
  it(
    "the job finds the days by itself, and every day that is over has the numbers of a plain count of its sessions",
    () => expectHistoriesClosed({ around: markingNothing }),
    HISTORIES_TIMEOUT_MS,
  );
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ciPeakOf, summarize } from "../../../dashboard/model/usage.ts";
import type { DenialReport, UsageReport, UsageTrends } from "../../../shared/contract/responses.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../shared/contract/time.ts";
import { denialTable, trendTable, usageTable } from "../../../tools/cli/report-tables.ts";
import { expectSuccess } from "../../support/answers.ts";
import { type App, createApp } from "../../support/app.ts";
import { clientOf, endBody, startBody } from "../../support/wire.ts";
import { duration, generalOf, openWorkbook, type Row, tableOf } from "./read-workbook.ts";

/** The table of figures in docs/semantics.md: what a figure is without data, by its name. */
const documented = (): Map<string, string> => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/semantics.md"), "utf8");
  const table = page.slice(page.indexOf("| figure |")).split("\n\n")[0] ?? "";
  const rows = table.split("\n").slice(2);
  return new Map(
    rows.map((row) => {
      const cells = row.split("|").map((cell) => cell.trim());
      return [cells[1] ?? "", cells.at(-2) ?? ""];
    }),
  );
};

type Surfaces = {
  json: UsageReport;
  trends: UsageTrends;
  denials: DenialReport;
  seats: { used: number };
  csv: Record<string, string>[];
  general: Row;
  users: Row[];
  trendRows: Row[];
  cli: { usage: string; trends: string; denials: string };
};

const FROM = "2026-11-09T00:00:00Z";
// Days that have not come: they divide nothing.
const TO = "2026-12-01T00:00:00Z";

const read = async (app: App): Promise<Surfaces> => {
  const range = `from=${FROM}&to=${TO}`;
  const usage = (format: string) => app.call("GET", `/api/v1/reports/usage?format=${format}&${range}`);
  const json = expectSuccess("usageReport", await usage("json"));
  const trends = expectSuccess("usageTrends", await app.call("GET", "/api/v1/reports/usage/trends?days=4"));
  const denials = expectSuccess("denialReport", await app.call("GET", `/api/v1/reports/denials?${range}`));
  const book = await openWorkbook(await usage("xlsx"));
  return {
    json,
    trends,
    denials,
    seats: (await app.call("GET", "/api/v1/seats?summary=true")).json,
    csv: parse((await usage("csv")).text, { columns: true }),
    general: generalOf(book),
    users: tableOf(book, "Users"),
    trendRows: tableOf(book, "Trends"),
    cli: { usage: usageTable(json), trends: trendTable(trends), denials: denialTable(denials) },
  };
};

let app: App;
let empty: Surfaces;
let full: Surfaces;
beforeAll(async () => {
  app = await createApp({ terms: { type: "teams", max_seats: 2 } });
  await app.call("GET", "/api/v1/seats");
  empty = await read(app);
  const midnight = app.clock.now - (app.clock.now % DAY_MS);
  const at = (day: number, hour: number, seconds = 0) => midnight + day * DAY_MS + hour * HOUR_MS + seconds * SECOND_MS;
  const runs = async (id: string, user: string, from: number, milliseconds: number, ci = false) => {
    app.clock.now = Math.max(app.clock.now, from);
    const start = startBody(from, { session_id: id, client: clientOf(user), ...(ci ? { ci } : {}) });
    const { status } = await app.call("POST", "/api/v1/sessions", { body: start });
    return {
      status,
      end: () => app.call("POST", `/api/v1/sessions/${id}/end`, { body: endBody(from + milliseconds) }),
    };
  };
  // 10 November: Ana works for ten minutes, and a pipeline for one.
  const first = await runs("a1", "ana", at(0, 14), 600 * SECOND_MS);
  const pipeline = await runs("ci", "runner", at(0, 14), MINUTE_MS, true);
  app.clock.now = at(0, 15);
  await first.end();
  await pipeline.end();
  // 12 November: Ana and Cy work at the same time, and Ben is refused twice, the second time with a retry.
  const second = await runs("a2", "ana", at(2, 9), 90_900);
  const other = await runs("c1", "cy", at(2, 9), 300 * SECOND_MS);
  for (const id of ["b1", "b2", "b2"]) expect((await runs(id, "ben", at(2, 10), 0)).status).toBe(403);
  app.clock.now = at(2, 11);
  await second.end();
  await other.end();
  // 13 November: the days before are closed.
  app.clock.now = at(3, 12);
  await app.invoke("dayClose");
  full = await read(app);
});
afterAll(() => app.close());

/** The line of facts of a text table: `label  value`. */
const fact = (text: string, label: string): string | undefined =>
  new RegExp(`^${label} {2,}(.*)$`, "im").exec(text)?.[1]?.trim();

/** What each figure is, worked out by hand from its words; each surface that shows it. */
const FIGURES: Readonly<Record<string, { full: () => void; empty: (value: unknown) => void }>> = {
  sessions: {
    full: () => {
      expect(summarize(full.json).sessions).toBe(3);
      expect(full.general["Sessions in period"]).toBe(3);
      expect(fact(full.cli.usage, "sessions")).toBe("3");
      expect(full.json.userMetrics.map((user) => user.totalSessionCount).sort()).toEqual([1, 2]);
      expect(full.csv.map((user) => user["totalSessionCount"]).sort()).toEqual(["1", "2"]);
      expect(full.users.map((user) => user["Sessions"]).sort()).toEqual([1, 2]);
      expect(full.trends.days.map((day) => day.sessionCount)).toEqual([1, 0, 2, 0]);
    },
    empty: (value) => {
      expect(summarize(empty.json).sessions).toBe(value);
      expect(empty.general["Sessions in period"]).toBe(value);
      expect(fact(empty.cli.usage, "sessions")).toBe(String(value));
    },
  },
  "CI sessions": {
    full: () => {
      expect(full.json.ciMetrics.totalCiSessions).toBe(1);
      expect(summarize(full.json).ciSessions).toBe(1);
      expect(full.general["CI sessions in period"]).toBe(1);
      expect(fact(full.cli.usage, "CI sessions")).toBe("1");
    },
    empty: (value) => {
      expect(empty.json.ciMetrics.totalCiSessions).toBe(value);
      expect(empty.general["CI sessions in period"]).toBe(value);
    },
  },
  "session time": {
    full: () => {
      expect(summarize(full.json).seconds).toBe(990);
      expect(full.general["Session time in period"]).toEqual(duration(990));
      expect(fact(full.cli.usage, "session time")).toBe("16m 30s");
      expect(full.csv.map((user) => Number(user["totalSessionTimeSeconds"]))).toEqual([690, 300]);
    },
    empty: (value) => {
      expect(summarize(empty.json).seconds).toBe(value);
      expect(empty.general["Session time in period"]).toEqual(duration(Number(value)));
    },
  },
  "mean session duration": {
    full: () => {
      expect(full.json.userMetrics.map((user) => user.averageSessionDurationSeconds)).toEqual([345, 300]);
      expect(full.csv.map((user) => user["averageSessionDurationSeconds"])).toEqual(["345", "300"]);
      expect(full.users.map((user) => user["Mean session duration"])).toEqual([duration(345), duration(300)]);
      expect(full.general["Mean session duration"]).toEqual(duration(330));
      expect(full.json.ciMetrics.avgCiSessionDurationSeconds).toBe(60);
    },
    empty: (value) => {
      expect(empty.general["Mean session duration"]).toEqual(duration(Number(value)));
      expect(empty.json.ciMetrics.avgCiSessionDurationSeconds).toBe(value);
    },
  },
  "mean daily sessions": {
    full: () => {
      // Ana: two sessions on 10 to 13 November, four days. Cy: one on 12 and 13.
      expect(full.json.userMetrics.map((user) => user.averageDailySessions)).toEqual([0.5, 0.5]);
      expect(full.csv.map((user) => user["averageDailySessions"])).toEqual(["0.5", "0.5"]);
      expect(full.users.map((user) => user["Mean daily sessions"])).toEqual([0.5, 0.5]);
      expect(full.cli.usage.match(/ 0\.50 /g)).toHaveLength(2);
    },
    empty: (value) => {
      expect(value).toBe("no row");
      expect([empty.json.userMetrics, empty.csv, empty.users]).toEqual([[], [], []]);
    },
  },
  "active users": {
    full: () => {
      expect(full.json.generalMetrics.activeUsers).toBe(2);
      expect(full.general["Unique machines"]).toBe(2);
      expect(fact(full.cli.usage, "active users")).toBe("2");
      expect(full.trends.days.map((day) => day.activeUsers)).toEqual([1, 0, 2, 0]);
    },
    empty: (value) => {
      expect(empty.json.generalMetrics.activeUsers).toBe(value);
      expect(empty.general["Unique machines"]).toBe(value);
      expect(fact(empty.cli.usage, "active users")).toBe(String(value));
    },
  },
  denials: {
    full: () => {
      expect(full.denials.denials).toBe(2);
      expect(full.general["Denials in period"]).toBe(2);
      expect(fact(full.cli.denials, "refused")).toBe("2 sessions of 1 user");
      expect(full.trends.days.map((day) => day.denials)).toEqual([0, 0, 2, 0]);
    },
    empty: (value) => {
      expect(empty.denials.denials).toBe(value);
      expect(empty.general["Denials in period"]).toBe(value);
    },
  },
  "users denied": {
    full: () => {
      expect(full.denials.users).toBe(1);
      expect(full.general["Users denied a seat"]).toBe(1);
    },
    empty: (value) => {
      expect(empty.denials.users).toBe(value);
      expect(empty.general["Users denied a seat"]).toBe(value);
    },
  },
  "seats used": {
    full: () => expect(full.seats.used).toBe(2),
    empty: (value) => expect(empty.seats.used).toBe(value),
  },
  "seats needed": {
    full: () => {
      // 1, 1, 3 and 3 on the four days.
      expect(full.denials.seats_enough).toEqual({ p50: 1, p95: 3, max: 3 });
      expect(full.general).toMatchObject({
        "Seats needed, median of days with use": 1,
        "Seats needed, 95th percentile": 3,
        "Seats needed at the peak": 3,
      });
      expect(fact(full.cli.denials, "seats needed")).toBe("median 1, p95 3, peak 3");
    },
    empty: (value) => {
      expect(value).toBe("none");
      expect(empty.denials.seats_enough).toBeNull();
      expect(Object.keys(empty.general).filter((label) => label.startsWith("Seats needed"))).toEqual([]);
    },
  },
  peak: {
    full: () => {
      expect(full.trends.days.map((day) => day.maxConcurrentSessions)).toEqual([1, 0, 2, null]);
      expect(full.trends.days.map((day) => day.maxConcurrentCiSessions)).toEqual([1, 0, 0, null]);
      expect(ciPeakOf(full.trends.days)).toBe(1);
      expect(full.trendRows.map((day) => day["Most sessions at once"]).slice(-4)).toEqual([1, 0, 2, null]);
    },
    empty: (value) => {
      expect(value).toBe("null until the day is closed");
      expect(empty.trends.days.map((day) => day.maxConcurrentSessions)).toEqual([null, null, null, null]);
    },
  },
};

describe("the figures of docs/semantics.md", () => {
  it("are all held to what each surface shows", () => {
    expect([...documented().keys()]).toEqual(Object.keys(FIGURES));
  });

  it.each(Object.entries(FIGURES))("%s: the same on every surface, as its words say", (_, figure) => {
    figure.full();
  });

  it.each(Object.entries(FIGURES))("%s: without data, what the page says", (name, figure) => {
    const text = documented().get(name) ?? "";
    figure.empty(/^\d+$/.test(text) ? Number(text) : text);
  });
});

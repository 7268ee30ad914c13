import { describe, expect, it } from "vitest";
import { RESPONSE_EXAMPLES } from "../../../shared/contract/response-examples.ts";
import { DAY_MS, dayOf, formatTime } from "../../../shared/contract/time.ts";
import { EXIT } from "../../../tools/cli/exit.ts";
import { fakeRun, NOW } from "./fake-run.ts";

const [day = {}] = RESPONSE_EXAMPLES.usageTrends.days;

/** A server with a year of days, which gives the last so many, today included. */
const trends = (_method: string, { searchParams }: URL) => {
  const count = Number(searchParams.get("days") ?? 30);
  const days = Array.from({ length: count }, (_, back) => dayOf(NOW - (count - 1 - back) * DAY_MS));
  const reportPeriod = { from: `${days[0]}T00:00:00.000Z`, to: formatTime(NOW) };
  return Response.json({ reportPeriod, days: days.map((date) => ({ ...day, date })) });
};

const daysOf = async (...args: string[]) => {
  const { out } = await fakeRun(["report", "trends", "--format", "json", ...args], trends);
  const { days, reportPeriod } = JSON.parse(out) as { days: { date: string }[]; reportPeriod: object };
  return { first: days[0]?.date, last: days.at(-1)?.date, count: days.length, reportPeriod };
};

describe("report trends", () => {
  it("are of a range as the other reports are", async () => {
    expect(await daysOf("--from", "2026-10", "--to", "2026-11")).toEqual({
      first: "2026-10-01",
      last: "2026-10-31",
      count: 31,
      reportPeriod: { from: "2026-10-01T00:00:00.000Z", to: "2026-11-01T00:00:00.000Z" },
    });
    expect(await daysOf("--from", "2026-11-18")).toMatchObject({ first: "2026-11-18", last: "2026-11-20", count: 3 });
  });

  it("are of so many days before an end, or from a beginning on", async () => {
    expect(await daysOf("--days", "7", "--to", "2026-11")).toMatchObject({ first: "2026-10-25", last: "2026-10-31" });
    expect(await daysOf("--days", "7", "--from", "2026-11")).toMatchObject({ first: "2026-11-01", last: "2026-11-07" });
    expect(await daysOf("--to", "2026-11")).toMatchObject({ last: "2026-10-31", count: 30 });
    expect(await daysOf("--days", "2")).toMatchObject({ first: "2026-11-19", last: "2026-11-20", count: 2 });
  });

  it.each([
    [["--from", "2025-01"], "366 days"],
    [["--from", "2026-11-21"], "has not begun"],
    [["--from", "2026-10", "--to", "2026-11", "--days", "3"], "--days"],
    [["--days", "400"], "1 to 366"],
  ])("refuse what they cannot show: %j", async (args, words) => {
    const { exit, err, requests } = await fakeRun(["report", "trends", ...args], trends);
    expect({ exit, requests }).toEqual({ exit: EXIT.usage, requests: [] });
    expect(err).toContain(words);
  });
});

describe("a range that holds nothing", () => {
  it.each([
    [["report", "usage", "--from", "2026-11-20", "--to", "2026-11-20"], "--to 2026-11-21"],
    [["report", "machine-sessions", "--from", "2026-11", "--to", "2026-11"], "--to 2026-12"],
    [["report", "denials", "--from", "2026-11", "--to", "2026-11"], "--to 2026-12"],
    [["report", "errors", "--from", "2026-12", "--to", "2026-12"], "--to 2027-01"],
    [["report", "trends", "--from", "2026-11-20", "--to", "2026-11-20"], "--to 2026-11-21"],
    [["audit", "--from", "2026-11-30", "--to", "2026-11-30"], "--to 2026-12-01"],
    [["report", "usage", "--from", "2026-11", "--to", "2026-11-01"], "--to 2026-11-02"],
    [["report", "usage", "--from", "2026-11-20", "--to", "2026-10"], "--to must be later than --from"],
    [["audit", "--from", "2026-11-20T08:00:00Z", "--to", "2026-11-20T08:00:00Z"], "--to must be later than --from"],
  ])("is refused with a hint, before anything is asked: %j", async (args, words) => {
    const { exit, err, requests } = await fakeRun(args);
    expect({ exit, requests }).toEqual({ exit: EXIT.usage, requests: [] });
    expect(err).toContain(words);
  });
});

describe("report machine-sessions", () => {
  it("shows the period and the rows of the usage report", async () => {
    const { out, requests } = await fakeRun(["report", "machine-sessions", "-o", "json"], () =>
      Response.json(RESPONSE_EXAMPLES.usageReport),
    );
    const { generalMetrics, machineSessions } = RESPONSE_EXAMPLES.usageReport;
    expect(JSON.parse(out)).toEqual({ reportPeriod: generalMetrics.reportPeriod, machineSessions });
    expect(requests).toHaveLength(1);
  });
});

describe("-o of a report", () => {
  it("may be a format, as everywhere else", async () => {
    const report = () => Response.json(RESPONSE_EXAMPLES.usageReport);
    const { exit, out } = await fakeRun(["report", "usage", "-o", "json"], report);
    expect([exit, JSON.parse(out)]).toEqual([EXIT.ok, RESPONSE_EXAMPLES.usageReport]);
    const yaml = await fakeRun(["report", "usage", "-o", "yaml"], report);
    expect(yaml.out).toMatch(/^generalMetrics:\n/);
    expect((await fakeRun(["report", "trends", "-o", "csv"], trends)).out).toMatch(/^date,/);
  });
});

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

const server = serverPerTest({
  terms: { max_seats: 5 },
  env: { REPORT_TIME_ZONE: "Europe/Berlin", REPORT_SCHEDULE: "weekly" },
});

// A session of a person and one of CI end in the 46th week of 2026, which in Berlin is over at 23:00 UTC on Sunday the 15th.
beforeEach(async () => {
  const operator = operatorAt(server());
  await operator.registers();
  await operator.starts("s-1", "ana");
  await operator.starts("s-2", "runner", { ci: true });
  server().clock.now += 90 * MINUTE_MS;
  await operator.ends("s-1");
  await operator.ends("s-2");
});

const END = Date.parse("2026-11-15T23:00:00Z");
const DUE = END + 49 * HOUR_MS;
const NAME = "2026-11-09_2026-11-16";
const usageDir = () => join(server().reportDir, "reports", "usage");
const json = (name = NAME) => JSON.parse(readFileSync(join(usageDir(), `${name}.json`), "utf8"));

describe("the scheduled report", () => {
  it("is of the week just closed in its time zone, once nothing of it can change, and says as of when", async () => {
    server().clock.now = DUE - 1;
    await server().invoke("reportJob");
    expect(existsSync(join(usageDir(), `${NAME}.json`))).toBe(false);
    server().clock.now = DUE;
    await server().invoke("reportJob");
    expect(json()).toMatchObject({
      asOf: formatTime(DUE),
      generalMetrics: { reportPeriod: { from: "2026-11-08T23:00:00.000Z", to: "2026-11-15T23:00:00.000Z" } },
      ciMetrics: { totalCiSessions: 1 },
    });
  });

  it("is what the endpoint answers for the same period", async () => {
    server().clock.now = DUE;
    await server().invoke("reportJob");
    const { asOf: _, ...report } = json();
    const period = "from=2026-11-08T23:00:00Z&to=2026-11-15T23:00:00Z";
    expect(report).toEqual((await server().call("GET", `/api/v1/reports/usage?format=json&${period}`)).json);
  });

  it("is told with the numbers that most want to know, a link that works, and where it is kept", async () => {
    server().clock.now = DUE;
    await server().invoke("reportJob");
    const [told] = server().notifications;
    expect(told?.facts).toMatchObject({
      from: "2026-11-08T23:00:00.000Z",
      to: "2026-11-15T23:00:00.000Z",
      final: true,
      seats_used: 1,
      seats_acquired: 5,
      active_users: 1,
      sessions: 1,
      session_seconds: 5_400,
      ci_sessions: 1,
      denials: 0,
      link: expect.stringMatching(/^http:\/\/localhost\/_reports\/reports\/usage\/2026-11-09_2026-11-16\.xlsx\?/),
      xlsx: join(usageDir(), `${NAME}.xlsx`),
      json: join(usageDir(), `${NAME}.json`),
    });
    // What SNS takes as a subject: up to 100 characters of ASCII.
    expect(told?.subject).toMatch(/^[ -~]{1,100}$/);
    expect(told?.text).toContain("Seats used / acquired: 1 / 5");
    expect(told?.text).toContain("Session time: 1 h 30 min");
    expect(JSON.stringify(told)).not.toContain("ana");
  });

  it("is not made again by itself, and is where it is asked for", async () => {
    server().clock.now = DUE;
    await server().invoke("reportJob");
    server().clock.now += HOUR_MS;
    expect(await server().invoke("reportJob")).toMatchObject({ outcome: "done before" });
    expect(await server().invoke("reportJob", { for: "2026-W46" })).toMatchObject({ outcome: "done before" });
    expect(server().notifications).toHaveLength(1);
    expect(await server().invoke("reportJob", { for: "2026-W46", again: true })).toMatchObject({ outcome: "made" });
    expect(json().asOf).toBe(formatTime(DUE + HOUR_MS));
    expect(server().notifications).toHaveLength(2);
  });

  it("asked for before it is final says so, and is made by itself once it is", async () => {
    server().clock.now = END;
    expect(await server().invoke("reportJob", { for: "2026-W46" })).toMatchObject({ outcome: "made", final: false });
    expect(server().notifications[0]?.text).toContain("not final yet");
    server().clock.now = DUE;
    expect(await server().invoke("reportJob")).toMatchObject({ outcome: "made", final: true });
  });

  it("can be of any month that is over, an empty one included", async () => {
    const made = await server().invoke("reportJob", { for: "2026-02" });
    expect(made).toMatchObject({ outcome: "made", from: "2026-01-31T23:00:00.000Z", to: "2026-02-28T23:00:00.000Z" });
    expect(json("2026-02-01_2026-03-01").userMetrics).toEqual([]);
  });

  it("is refused with every fault of what was asked, and nothing is made", async () => {
    const refused = await server().invoke("reportJob", { for: "2026-W46", agian: true });
    expect(refused).toEqual({
      outcome: "refused",
      errors: [
        { path: "agian", message: expect.any(String) },
        { path: "for", message: "has not ended yet. Choose a period that is over" },
      ],
    });
    expect(existsSync(server().reportDir)).toBe(false);
  });

  it("fails where there is no license, so that it is run again", async () => {
    await server().setLicenseText(undefined);
    server().clock.now = DUE + DAY_MS;
    await expect(server().invoke("reportJob")).rejects.toThrow(/No license on this server/);
    expect(server().notifications).toEqual([]);
  });
});

describe("where nothing is scheduled", () => {
  const unscheduled = serverPerTest();

  it("the job does nothing by itself, and still what it is asked for", async () => {
    expect(await unscheduled().invoke("reportJob")).toEqual({ outcome: "nothing is scheduled" });
    expect(await unscheduled().invoke("reportJob", { for: "2026-10" })).toMatchObject({ outcome: "made" });
    expect(readdirSync(join(unscheduled().reportDir, "reports", "usage"))).toHaveLength(2);
  });
});

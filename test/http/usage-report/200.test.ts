import { beforeAll, describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { sharedServer } from "../../support/server.ts";
import { leavingNoTrace } from "../../support/stored.ts";

const server = sharedServer({ terms: { max_seats: 5 } });
const ask = (query: string) => leavingNoTrace(server(), () => server().call("GET", `/api/v1/reports/usage?${query}`));
const report = async (query = "") => expectSuccess("usageReport", await ask(`format=json${query}`));

// Ana ran for an hour and half an hour, ben for ten minutes, a CI runner for five; ana's third session runs on.
beforeAll(async () => {
  const op = operatorAt(server());
  await op.registers();
  const run = async (id: string, user: string, minutes: number, changes: object = {}) => {
    await op.starts(id, user, { ...changes });
    server().clock.now += minutes * MINUTE_MS;
    await op.ends(id);
  };
  await run("s-1", "ana", 60);
  await run("s-2", "ana", 30);
  await run("s-3", "ben", 10);
  await run("s-4", "runner", 5, { ci: true });
  await op.starts("s-5", "ana");
});

describe("the usage report as JSON", () => {
  it("adds up the sessions that ended; people's and CI's apart, running ones in no sum", async () => {
    const body = await report();
    expect(body.generalMetrics).toMatchObject({
      totalLicenses: 5,
      tier: "teams",
      primaryKey: "machine_id",
      activeUsers: 2,
      reportPeriod: { from: null, to: formatTime(server().clock.now) },
      operatorVersion: "3.130.0",
      lastOperatorEvent: formatTime(START),
    });
    expect(body.allTimeMetrics).toEqual({
      totalSessionCount: 3,
      totalSessionTimeSeconds: 6_000,
      totalCiSessionCount: 1,
      totalPreviewCount: 0,
    });
    expect(body.ciMetrics).toMatchObject({
      currentRunningSessions: 0,
      totalCiSessions: 1,
      avgCiSessionDurationSeconds: 300,
    });
    expect(body.userMetrics).toMatchObject([
      {
        identifier: "SHA256:ana",
        firstActive: formatTime(START),
        lastSeen: formatTime(START + 90 * MINUTE_MS),
        totalSessionCount: 2,
        totalSessionTimeSeconds: 5_400,
        averageSessionDurationSeconds: 2_700,
      },
      { identifier: "SHA256:ben", totalSessionCount: 1, totalSessionTimeSeconds: 600 },
    ]);
  });

  it("counts a session where it ended: from is contained, to is not", async () => {
    const end = START + HOUR_MS;
    const count = async (from: number, to: number) => {
      const { userMetrics } = await report(`&from=${formatTime(from)}&to=${formatTime(to)}`);
      return userMetrics.reduce((sum, { totalSessionCount }) => sum + totalSessionCount, 0);
    };
    expect(await count(end, end + 1)).toBe(1);
    expect(await count(end + 1, end + MINUTE_MS)).toBe(0);
    expect(await count(START, end)).toBe(0);
    expect(await count(START - DAY_MS, server().clock.now + DAY_MS)).toBe(3);
  });

  it("counts all time whatever the period", async () => {
    const body = await report("&from=2026-10-01T00:00:00Z&to=2026-10-02T00:00:00Z");
    expect(body.userMetrics).toEqual([]);
    expect(body.generalMetrics.activeUsers).toBe(0);
    expect(body.allTimeMetrics).toMatchObject({ totalSessionCount: 3, totalCiSessionCount: 1 });
  });

  it.each([
    ["machine_id", "SHA256:ana"],
    ["username", "ana@example.com"],
    ["client_username", "ana"],
    ["client_hostname", "ana-laptop"],
    ["person", "ana@example.com"],
  ])("counts users by %s", async (key, identifier) => {
    const body = await report(`&primary_key=${key}`);
    expect(body.generalMetrics.primaryKey).toBe(key);
    expect(body.userMetrics[0]).toMatchObject({
      identifier,
      displayName: "ana@example.com",
      machine: "ana@ana-laptop",
    });
  });
});

describe("the usage report as a file", () => {
  it.each([
    ["json", "application/json"],
    ["csv", "text/csv"],
    ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ])("%s comes with its type and a name to save it under", async (format, type) => {
    const answer = await ask(`format=${format}&from=2026-11-01T00:00:00Z`);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]?.split(";")[0]).toBe(type);
    expect(answer.headers["content-disposition"]).toMatch(new RegExp(`^attachment; filename="[\\w.-]+\\.${format}"$`));
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it("xlsx is a zip archive, byte for byte", async () => {
    const { bytes } = await ask("format=xlsx");
    expect(bytes.subarray(0, 4).toString("latin1")).toBe("PK\u0003\u0004");
  });

  it.each(["json", "csv", "xlsx"])(
    "%s is given for the first and for the last moment that can be asked for",
    async (format) => {
      for (const moment of ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
        expect((await ask(`format=${format}&from=${moment}&to=${moment}`)).status).toBe(200);
      expect((await ask(`format=${format}&from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z`)).status).toBe(200);
    },
  );

  it("of all times that can be asked for reads no more than one since the server began", async () => {
    const readsOf = async (range: string): Promise<number> => {
      const before = server().consumed.length;
      expect((await server().call("GET", `/api/v1/reports/usage?format=json${range}`)).status).toBe(200);
      return server().consumed.length - before;
    };
    const since = await readsOf("");
    expect(await readsOf("&from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z")).toBeLessThanOrEqual(since + 5);
  });

  it("csv has a line for each user", async () => {
    const { text } = await ask("format=csv");
    expect(text).toContain("SHA256:ana");
    expect(text).toContain("SHA256:ben");
  });
});

// Last, for it leaves another license behind.
describe("the usage report under another license", () => {
  it("counts users by what the license tracks where nothing is named", async () => {
    await server().setLicense({ seat_tracking_mode: "KubernetesUser" });
    server().clock.now += MINUTE_MS;
    expect((await report()).generalMetrics.primaryKey).toBe("username");
  });

  it("is given under an expired license, too", async () => {
    await server().setLicense({}, { notAfter: START });
    server().clock.now += MINUTE_MS;
    expect((await report()).allTimeMetrics.totalSessionCount).toBe(3);
  });
});

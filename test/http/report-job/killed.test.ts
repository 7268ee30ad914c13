import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ExcelJS from "exceljs";
import { beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";
import type { AppOptions } from "../../support/app.ts";
import { DEEP } from "../../support/deep.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";

/** The steps that leave something behind, counted one by one; the function is killed before or after one of them. */
const kills = { step: 0, at: 0, when: "before" as "before" | "after" };
const counted = async <T>(work: () => Promise<T>): Promise<T> => {
  kills.step += 1;
  const isLast = kills.step === kills.at;
  if (isLast && kills.when === "before") throw new StoreUnavailable("killed");
  const done = await work();
  if (isLast) throw new StoreUnavailable("killed");
  return done;
};

const OPTIONS: AppOptions = {
  terms: { max_seats: 5 },
  env: { REPORT_SCHEDULE: "monthly" },
  around: (table, name) =>
    name === "reportJob" ? { ...table, write: (write) => counted(() => table.write(write)) } : table,
  aroundReports: (reports) => ({ ...reports, put: (...args) => counted(() => reports.put(...args)) }),
  aroundNotify: (notify) => (notification) => counted(() => notify(notification)),
};

const server = serverPerTest(OPTIONS);
/** Two reports, a notification and the note that it is done. */
const STEPS = 4;
const NAME = "2026-11-01_2026-12-01";
const DUE = Date.parse("2026-12-03T06:00:00Z");

beforeEach(async () => {
  kills.at = 0;
  const operator = operatorAt(server());
  await operator.registers();
  await operator.starts("s-1", "ana");
  server().clock.now += 30 * MINUTE_MS;
  await operator.ends("s-1");
  server().clock.now = DUE;
});

const run = (event?: unknown) => server().invoke("reportJob", event);
const usageDir = () => join(server().reportDir, "reports", "usage");

const killedAt = async (step: number, when: "before" | "after") => {
  Object.assign(kills, { step: 0, at: step, when });
  await expect(run()).rejects.toThrow("killed");
  kills.at = 0;
};

describe("a run of the report job", () => {
  it.each(
    Array.from({ length: STEPS }, (_, index) => index + 1)
      .flatMap(
        (step) =>
          [
            [step, "before"],
            [step, "after"],
          ] as const,
      )
      // One of the two at each step, and with DEEP=1 both.
      .filter(([step, when]) => DEEP || (when === "before") === (step % 2 === 0)),
  )("killed at step %i, %s it took effect, and run again leaves one correct report", async (step, when) => {
    await killedAt(step, when);
    server().clock.now += HOUR_MS;
    await run();
    await run();

    expect(readdirSync(usageDir()).sort()).toEqual([`${NAME}.json`, `${NAME}.xlsx`]);
    const report = JSON.parse(readFileSync(join(usageDir(), `${NAME}.json`), "utf8"));
    expect(report.userMetrics).toMatchObject([{ identifier: "SHA256:ana", totalSessionTimeSeconds: 1_800 }]);
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.readFile(join(usageDir(), `${NAME}.xlsx`));
    expect(workbook.getWorksheet("Users")?.getCell("A2").value).toBe("SHA256:ana");

    // At least once: twice where it was told and killed before that was noted.
    const { notifications } = server();
    const toldTwice = (step === 3 && when === "after") || (step === STEPS && when === "before");
    expect(notifications).toHaveLength(toldTwice ? 2 : 1);
    const { uri } = { uri: join(usageDir(), `${NAME}.xlsx`) };
    for (const { facts } of notifications)
      expect(facts).toMatchObject({ xlsx: uri, sessions: 1, session_seconds: 1_800 });
  });

  it("beside another one leaves one report all the same", async () => {
    await Promise.all([run(), run()]);
    expect(readdirSync(usageDir()).sort()).toEqual([`${NAME}.json`, `${NAME}.xlsx`]);
    expect(server().notifications.length).toBeGreaterThan(0);
  });

  it("a month later makes the next report and leaves the one before as it was", async () => {
    await run();
    const before = readFileSync(join(usageDir(), `${NAME}.json`));
    server().clock.now += 31 * DAY_MS;
    await run();
    expect(readdirSync(usageDir())).toHaveLength(4);
    expect(readFileSync(join(usageDir(), `${NAME}.json`)).equals(before)).toBe(true);
  });
});

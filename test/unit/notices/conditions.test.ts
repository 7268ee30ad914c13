import { describe, expect, it } from "vitest";
import { jobRunKey, operatorKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { readLicenseFile } from "../../../shared/licensing/license-file.ts";
import type { LicenseHolding } from "../../../shared/licensing/license-source.ts";
import type { Lateness } from "../../../shared/notices/conditions.ts";
import { noteJobRun, readJobRuns } from "../../../shared/notices/job-runs.ts";
import type { Notification } from "../../../shared/notices/notifier.ts";
import { DEFAULT_THRESHOLDS } from "../../../shared/notices/thresholds.ts";
import { watch } from "../../../shared/notices/watch.ts";
import { bookOf } from "../../../shared/seats/book.ts";
import { StoreUnavailable } from "../../../shared/store/table.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const START = Date.parse("2026-11-10T12:00:00Z");
const PERIOD = { from: START - DAY_MS, to: START + 20 * DAY_MS };
const TEN_MINUTES = 10 * MINUTE_MS;

const licenseUntil = async (notAfter: number) => {
  const terms = mintTerms({ max_seats: 10 });
  const minted = await mintLicense({
    organization: "Acme",
    terms,
    notBefore: START - DAY_MS,
    notAfter,
    serialNumber: "01",
  });
  const reading = readLicenseFile(minted.pem);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.license;
};
const license = await licenseUntil(START + 300 * DAY_MS);
const ending = await licenseUntil(START + 20 * DAY_MS);

/** A deployment in which all is well, until a test changes something. */
const world = () => {
  const table = createMemoryTable();
  const told: Notification[] = [];
  const at = { now: START };
  const state = {
    holding: { kind: "held", license } as LicenseHolding,
    reaches: true,
    lateness: { reportOverdueSeconds: 0, dayCloseLagSeconds: 0, lastRuns: new Map() } as Lateness | undefined,
  };
  const look = async () => {
    const before = told.length;
    at.now += TEN_MINUTES;
    const log = createLogger("error", () => undefined);
    await watch(
      {
        table,
        currentBook: async (one) => bookOf(one, PERIOD),
        staleMs: 3 * MINUTE_MS,
        clock: () => at.now,
        thresholds: DEFAULT_THRESHOLDS,
        lateness: state.lateness,
        notify: async (notification) => {
          if (!state.reaches) throw new StoreUnavailable("SNS: throttled");
          told.push(notification);
        },
      },
      state.holding,
      { now: at.now, deadline: at.now + MINUTE_MS, log },
    ).catch(() => undefined);
    return told.slice(before).map(({ subject }) => subject.replace("mirrord license server: ", ""));
  };
  const heard = (instanceId: string, cluster: string, ago = 0) =>
    table.batchPut([{ ...operatorKey(instanceId), cluster, lastHeartbeat: formatTime(at.now - ago), liveCount: 0 }]);
  return { table, told, at, state, look, heard };
};

describe("a condition", () => {
  it("is reported when it begins and when it ends, once each", async () => {
    const { state, look } = world();
    expect(await look()).toEqual([]);
    state.holding = { kind: "invalid", reason: "no certificate" };
    expect([await look(), await look()]).toEqual([["no usable license"], []]);
    state.holding = { kind: "held", license };
    expect([await look(), await look()]).toEqual([["a usable license again"], []]);
    state.holding = { kind: "missing" };
    expect(await look()).toEqual(["no usable license"]);
  });

  it("is reported by a later run if people could not be reached, its end as well", async () => {
    const { state, look } = world();
    state.holding = { kind: "held", license, fallback: { reason: "no certificate" } };
    state.reaches = false;
    expect(await look()).toEqual([]);
    state.reaches = true;
    expect(await look()).toEqual(["previous license served"]);
    state.holding = { kind: "held", license };
    state.reaches = false;
    expect(await look()).toEqual([]);
    state.reaches = true;
    expect([await look(), await look()]).toEqual([["current license served again"], []]);
  });

  it("of a license or of seats does not end while no license can be read", async () => {
    const { state, look } = world();
    state.holding = { kind: "held", license: ending };
    await look();
    state.holding = { kind: "missing" };
    expect(await look()).toEqual(["no usable license"]);
    state.holding = { kind: "held", license };
    expect((await look()).sort()).toEqual(["a usable license again", "license renewed"]);
  });

  it("that begins for many clusters at once is one message with all of them", async () => {
    const { told, at, look, heard } = world();
    for (let cluster = 1; cluster <= 30; cluster += 1) await heard(`op-${cluster}`, `cluster-${cluster}`);
    expect(await look()).toEqual(["no heartbeat from 30 clusters"]);
    expect(told[0]?.text).toContain("10 more");
    at.now += TEN_MINUTES;
    await heard("op-7", "cluster-7", -TEN_MINUTES);
    expect(await look()).toEqual(["heartbeats again from a cluster"]);
    expect(told[1]?.text).toContain("cluster-7.");
  });

  it("of a late day, a missing report or a job that does not run is reported", async () => {
    const { state, at, look } = world();
    const lastRuns = new Map([["reaper", at.now] as const]);
    state.lateness = { reportOverdueSeconds: 1, dayCloseLagSeconds: 6 * 3_600, lastRuns };
    expect((await look()).sort()).toEqual(["a day is not closed", "a usage report is missing"]);
    at.now += 3 * HOUR_MS;
    expect(await look()).toEqual(["jobs that do not run: reaper"]);
    state.lateness = {
      reportOverdueSeconds: undefined,
      dayCloseLagSeconds: 0,
      lastRuns: new Map([["reaper", at.now]]),
    };
    expect((await look()).sort()).toEqual([
      "days are closed again",
      "jobs that run again: reaper",
      "the usage report is made",
    ]);
  });

  it("is not reported where the configuration switches alarms off", async () => {
    const { state, look } = world();
    state.lateness = undefined;
    state.holding = { kind: "missing" };
    expect(await look()).toEqual([]);
  });
});

describe("the last run of a job", () => {
  it("counts from the first look for a job that has never run, and then from its runs", async () => {
    const { table } = world();
    expect((await readJobRuns(table, START)).get("dayClose")).toBe(START);
    expect((await readJobRuns(table, START + HOUR_MS)).get("dayClose")).toBe(START);
    await noteJobRun(table, "dayClose", START + 2 * HOUR_MS);
    expect((await readJobRuns(table, START + 3 * HOUR_MS)).get("dayClose")).toBe(START + 2 * HOUR_MS);
    expect(await table.get(jobRunKey("dayClose"), { consistent: true })).toMatchObject({ v: 1 });
  });
});

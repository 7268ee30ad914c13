import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operatorKey } from "../../shared/contract/keys.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { digestOf, storedDigest } from "../../shared/operators/live-set.ts";
import { type App, createApp, START } from "../support/app.ts";
import {
  expectAgreement,
  expiryOf,
  GONE_MS,
  goneOperator,
  operatorOf,
  REAPED_NOTHING,
  reportedUsage,
  sessionOf,
} from "../support/reaper-world.ts";
import { scrape } from "../support/scrape.ts";
import { leavingNoTrace } from "../support/stored.ts";
import { expectSoundTable } from "../support/table-truth.ts";

let app: App;
beforeEach(async () => {
  app = await createApp();
});
afterEach(() => app.close());

const idsOf = (instanceId: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${instanceId}/${index}`);

describe("an operator that is gone for good", () => {
  it("has its sessions ended as lost at its last heartbeat, or at their start where that is later", async () => {
    const operator = operatorOf(app);
    await operator.starts("early");
    app.clock.now = START + 10 * MINUTE_MS;
    await operator.beats(["early"]);
    app.clock.now += 30 * SECOND_MS;
    await operator.starts("late");
    app.clock.now += GONE_MS;

    expect(await app.invoke("reaper")).toEqual({ lost: 2, operators: 1, left: 0, failed: 0 });
    expect(await sessionOf(app, "early")).toMatchObject({
      state: "lost",
      endedAt: START + 10 * MINUTE_MS,
      seconds: 600,
    });
    expect(await sessionOf(app, "late")).toMatchObject({
      state: "lost",
      endedAt: START + 10 * MINUTE_MS + 30 * SECOND_MS,
      seconds: 0,
    });
    expect(await reportedUsage(app)).toEqual({ sessions: 2, seconds: 600 });
    await expectSoundTable(app);
  });

  it("loses a session that it had ceased to list when it last listed it", async () => {
    const operator = operatorOf(app);
    await operator.starts("kept");
    await operator.starts("left-out");
    await operator.beats(["kept", "left-out"]);
    app.clock.now += 40 * SECOND_MS;
    await operator.beats(["kept"]);
    app.clock.now += GONE_MS;
    expect(await app.invoke("reaper")).toMatchObject({ lost: 2 });
    expect(await sessionOf(app, "kept")).toMatchObject({ state: "lost", endedAt: START + 40 * SECOND_MS });
    expect(await sessionOf(app, "left-out")).toMatchObject({ state: "lost", endedAt: START });
    await expectSoundTable(app);
  });

  it("is forgotten 30 days after nothing of it is live any more", async () => {
    const operator = operatorOf(app);
    await operator.starts("s-1");
    await operator.beats(["s-1"]);
    app.clock.now += GONE_MS;
    await app.invoke("reaper");
    expect(await expiryOf(app)).toBe((app.clock.now + 30 * DAY_MS) / SECOND_MS);
    const item = await app.table.get(operatorKey("op-1"), { consistent: true });
    expect(storedDigest(item)).toEqual(digestOf([]));
  });

  it("is given up, too, where it had no sessions", async () => {
    await operatorOf(app).beats([]);
    app.clock.now += GONE_MS;
    expect(await app.invoke("reaper")).toEqual({ ...REAPED_NOTHING, operators: 1 });
    expect(await expiryOf(app)).toBeDefined();
  });

  it("is not touched again by the next run", async () => {
    const operator = operatorOf(app);
    await operator.starts("s-1");
    await operator.beats(["s-1"]);
    app.clock.now += GONE_MS;
    await app.invoke("reaper");
    app.clock.now += HOUR_MS;
    await leavingNoTrace(app, async () => expect(await app.invoke("reaper")).toEqual(REAPED_NOTHING));
  });

  it("has its sessions lost at their start where it never sent a heartbeat", async () => {
    await operatorOf(app).starts("s-1");
    app.clock.now += GONE_MS;
    expect(await app.invoke("reaper")).toEqual({ lost: 1, operators: 1, left: 0, failed: 0 });
    expect(await sessionOf(app, "s-1")).toMatchObject({ state: "lost", endedAt: START, seconds: 0 });
    await expectSoundTable(app);
  });

  it("may be any number of operators, each with any number of sessions", async () => {
    for (const instanceId of ["op-1", "op-2"]) {
      app.clock.now = START;
      await goneOperator(app, idsOf(instanceId, 40), instanceId);
    }
    expect(await app.invoke("reaper")).toEqual({ lost: 80, operators: 2, left: 0, failed: 0 });
    expect(await reportedUsage(app)).toMatchObject({ sessions: 80 });
    await expectSoundTable(app);
  });

  it("may have so many sessions of one user that they fill whole transactions", async () => {
    await goneOperator(app, idsOf("op-1", 120), "op-1", "robot");
    expect(await app.invoke("reaper")).toEqual({ lost: 120, operators: 1, left: 0, failed: 0 });
    expect(app.logs.filter(({ message }) => String(message).includes("failed"))).toEqual([]);
    await expectSoundTable(app);
  });
});

describe("an operator that is not gone for good", () => {
  it("is left alone to the last moment", async () => {
    const operator = operatorOf(app);
    await operator.starts("s-1");
    await operator.beats(["s-1"]);
    // Once a seat book, its first run notes it for the count of denials.
    await app.invoke("reaper");
    app.clock.now += 48 * HOUR_MS;
    await leavingNoTrace(app, async () => expect(await app.invoke("reaper")).toEqual(REAPED_NOTHING));
    app.clock.now += 1;
    expect(await app.invoke("reaper")).toMatchObject({ lost: 1 });
  });

  it("is left alone as long as the configuration says", async () => {
    const patient = await createApp({ env: { OPERATOR_LOST_SECONDS: "600000" } });
    try {
      const operator = operatorOf(patient);
      await operator.starts("s-1");
      await operator.beats(["s-1"]);
      patient.clock.now += 600_000 * SECOND_MS;
      expect(await patient.invoke("reaper")).toEqual(REAPED_NOTHING);
      patient.clock.now += 1;
      expect(await patient.invoke("reaper")).toMatchObject({ lost: 1 });
    } finally {
      await patient.close();
    }
  });

  it("shows so by a start, too: that session stays, and so does the operator", async () => {
    const operator = operatorOf(app);
    await operator.starts("old");
    await operator.beats(["old"]);
    app.clock.now += GONE_MS;
    await operator.starts("young");
    app.clock.now += HOUR_MS;
    expect(await app.invoke("reaper")).toEqual({ ...REAPED_NOTHING, lost: 1 });
    expect(await sessionOf(app, "old")).toMatchObject({ state: "lost", endedAt: START });
    expect(await sessionOf(app, "young")).toMatchObject({ state: "live" });
    expect(await expiryOf(app)).toBeUndefined();
    await expectSoundTable(app);
    await expectAgreement(app, operator, ["old", "young"]);
  });
});

describe("an operator that was given up and is back", () => {
  it("gets back the sessions it lists, with their usage withdrawn, and is forgotten no more", async () => {
    const operator = operatorOf(app);
    await operator.starts("s-1");
    await operator.starts("s-2", { ci: true });
    await operator.beats(["s-1", "s-2"]);
    app.clock.now += GONE_MS;
    await app.invoke("reaper");
    expect(await reportedUsage(app)).toMatchObject({ sessions: 2 });

    await expectAgreement(app, operator, ["s-1", "s-2"]);
    expect(await sessionOf(app, "s-1")).toMatchObject({ state: "live", startedAt: START });
    expect(await reportedUsage(app)).toEqual({ sessions: 0, seconds: 0 });
    await leavingNoTrace(app, async () => expect(await app.invoke("reaper")).toEqual(REAPED_NOTHING));
  });

  it("keeps lost what it does not list", async () => {
    const operator = operatorOf(app);
    for (const id of ["s-1", "s-2"]) await operator.starts(id);
    await operator.beats(["s-1", "s-2"]);
    app.clock.now += GONE_MS;
    await app.invoke("reaper");
    await expectAgreement(app, operator, ["s-2"]);
    expect(await sessionOf(app, "s-1")).toMatchObject({ state: "lost" });
    expect(await reportedUsage(app)).toMatchObject({ sessions: 1 });
  });

  it("corrects the usage by the true ends it tells of, in a heartbeat or a call, and however often", async () => {
    const operator = operatorOf(app);
    for (const id of ["s-1", "s-2"]) await operator.starts(id);
    await operator.beats(["s-1", "s-2"]);
    app.clock.now += GONE_MS;
    await app.invoke("reaper");
    expect(await reportedUsage(app)).toEqual({ sessions: 2, seconds: 0 });

    const [end1, end2] = [START + HOUR_MS, START + 30 * HOUR_MS];
    const ended = [{ session_id: "s-1", ended_at: new Date(end1).toISOString() }];
    for (let time = 0; time < 2; time += 1) {
      expect((await operator.beats([], { ended }))["accepted"]).toEqual(["s-1"]);
      await operator.ends("s-2", end2);
    }
    expect(await sessionOf(app, "s-1")).toMatchObject({ state: "ended", endedAt: end1, seconds: 3_600 });
    expect(await sessionOf(app, "s-2")).toMatchObject({ state: "ended", endedAt: end2, seconds: 108_000 });
    expect(await reportedUsage(app)).toEqual({ sessions: 2, seconds: 111_600 });
    await expectAgreement(app, operator, []);
  });

  it("stays given up where only the true end of a lost session comes, and counts it in the metrics all the same", async () => {
    const operator = operatorOf(app);
    await operator.starts("s-1");
    await operator.beats(["s-1"]);
    app.clock.now += GONE_MS;
    await app.invoke("reaper");
    const expiry = await expiryOf(app);
    app.clock.now += MINUTE_MS;
    await operator.ends("s-1", START + HOUR_MS);
    expect(await expiryOf(app)).toBe(expiry);
    const { json } = await app.call("GET", "/api/v1/operators");
    expect(json.operators).toMatchObject([{ instance_id: "op-1", state: "gone" }]);
    const counted = { mirrord_sessions_duration_count: 1, mirrord_sessions_duration_sum: 3_600 };
    expect(await scrape(app)).toMatchObject(counted);
    app.clock.now += HOUR_MS;
    expect(await app.invoke("reaper")).toEqual(REAPED_NOTHING);
    await app.table.write({ kind: "delete", key: operatorKey("op-1") });
    expect(await scrape(app)).toMatchObject(counted);
  });

  it("is as it was where it only registers again", async () => {
    await operatorOf(app).beats([]);
    app.clock.now += GONE_MS;
    await app.invoke("reaper");
    await app.call("POST", "/api/v1/license", { body: { instance_id: "op-1", operator_version: "3.130.0" } });
    expect(await expiryOf(app)).toBeUndefined();
  });
});

describe("the job's log", () => {
  it("says when it ran, for how long, and what it did", async () => {
    const operator = operatorOf(app);
    await operator.starts("s-1");
    await operator.beats(["s-1"]);
    app.clock.now += GONE_MS;
    app.logs.length = 0;
    await app.invoke("reaper");
    const job = { job: "reaper", request_id: expect.any(String) };
    expect(app.logs).toEqual([
      expect.objectContaining({ ...job, level: "INFO", message: "job started" }),
      expect.objectContaining({ ...job, level: "WARN", message: "session lost", session_id: "s-1" }),
      expect.objectContaining({ ...job, message: "job done", duration_ms: 0, lost: 1, operators: 1, left: 0 }),
    ]);
  });
});

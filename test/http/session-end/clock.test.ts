import { describe, expect, it } from "vitest";
import { DAY_MS, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { expectProblem, expectSuccess } from "../../support/answers.ts";
import { START } from "../../support/app.ts";
import { operatorAt } from "../../support/operator.ts";
import { serverPerTest } from "../../support/server.ts";
import { storedSession } from "../../support/table-truth.ts";

const server = serverPerTest();
const operator = () => operatorAt(server());
const now = () => server().clock.now;
const wait = (ms: number) => {
  server().clock.now += ms;
};
/** The operator's clock, so far ahead of the server's. */
const clock = (skewMs: number) => formatTime(now() + skewMs);
const starts = (skewMs: number) =>
  operator().starts("s-1", "ana", { started_at: clock(skewMs), sent_at: clock(skewMs) });
const ends = async (skewMs: number, changes: object = {}) =>
  expectSuccess(
    "sessionEnd",
    await operator().ends("s-1", { ended_at: clock(skewMs), sent_at: clock(skewMs), ...changes }),
  ).duration_secs;
const clampLines = () => server().logs.filter(({ message }) => message === "session end clamped");

describe("an operator's clock that is set in mid-session", () => {
  it.each([
    ["30 minutes ahead, then right", 30, 0, 10],
    ["30 minutes ahead, then right", 30, 0, 45],
    ["right, then 30 minutes behind", 0, -30, 10],
    ["right, then 30 minutes behind", 0, -30, 45],
    ["a day behind, then an hour ahead", -24 * 60, 60, 10],
  ])("%s (%i, %i): a session of %i minutes has its true duration", async (_how, atStart, atEnd, minutes) => {
    await starts(atStart * MINUTE_MS);
    wait(minutes * MINUTE_MS);
    expect(await ends(atEnd * MINUTE_MS)).toBe(minutes * 60);
  });

  it.each([
    ["30 minutes ahead, then right", 30, 0],
    ["30 minutes ahead, and still so", 30, 30],
    ["30 minutes behind, then right", -30, 0],
    ["30 minutes behind, and still so", -30, -30],
  ])(
    "%s: an end that does not say when it was sent has its true duration if it comes at once",
    async (_how, atStart, atEnd) => {
      await starts(atStart * MINUTE_MS);
      wait(45 * MINUTE_MS);
      expect(await ends(atEnd * MINUTE_MS, { sent_at: undefined })).toBe(45 * 60);
    },
  );

  it("does not keep a session live that its operator stopped listing, however far ahead it started", async () => {
    const op = operator();
    await op.beats([]);
    await starts(5 * DAY_MS);
    wait(10 * MINUTE_MS);
    await op.beats(["s-1"]);
    const lastListed = now();
    for (let minutes = 0; minutes < 70; minutes += 10) {
      wait(10 * MINUTE_MS);
      await op.beats([]);
    }
    expect(await storedSession(server(), "s-1")).toMatchObject({ state: "lost", endedAt: formatTime(lastListed) });
  });
});

describe("the end of a known session", () => {
  it.each([
    ["before its start", { ended_at: formatTime(START - HOUR_MS) }, START, "start"],
    ["after its request was sent", { ended_at: formatTime(START + DAY_MS) }, START + HOUR_MS, "now"],
    ["long before anything that is kept", { ended_at: "1970-01-01T00:00:00Z" }, START, "start"],
  ])("%s is clamped, marked and logged", async (_when, changes, endedAt, clamped) => {
    await starts(0);
    wait(HOUR_MS);
    await ends(0, changes);
    expect(await storedSession(server(), "s-1")).toMatchObject({
      state: "ended",
      endedAt: formatTime(endedAt),
      clamped,
    });
    expect(clampLines()).toEqual([
      expect.objectContaining({ level: "WARN", session_id: "s-1", instance_id: "op-1", clamped }),
    ]);
  });

  it("more than 35 days after its start is clamped to 35 days, marked and logged", async () => {
    await starts(0);
    wait(36 * DAY_MS);
    expect(await ends(0)).toBe((35 * DAY_MS) / 1_000);
    expect(await storedSession(server(), "s-1")).toMatchObject({ clamped: "longest" });
    expect(clampLines()).toHaveLength(1);
  });

  it("is not marked where nothing is clamped", async () => {
    await starts(0);
    wait(35 * DAY_MS);
    await ends(0);
    expect(await storedSession(server(), "s-1")).not.toHaveProperty("clamped");
    expect(clampLines()).toEqual([]);
  });

  it("is acknowledged where the session ran for longer than sessions are kept", async () => {
    await starts(0);
    wait(2_000 * DAY_MS);
    await server().setLicense({}, { notAfter: now() + DAY_MS });
    expect(await ends(0)).toBe((35 * DAY_MS) / 1_000);
    expect(await ends(0)).toBe((35 * DAY_MS) / 1_000);
  });
});

describe("an end that carries the start of a session that is not known", () => {
  const end = (startedAt: number, endedAt: number) =>
    operator().ends("s-1", {
      ended_at: formatTime(endedAt),
      sent_at: clock(0),
      start: operator().start("s-1", "ana", { started_at: formatTime(startedAt) }),
    });

  it.each([
    ["ends before its start", START + 40 * MINUTE_MS, START + 10 * MINUTE_MS, START + 40 * MINUTE_MS],
    ["starts and ends after its request was sent", START + 2 * DAY_MS, START + 3 * DAY_MS, START + HOUR_MS],
  ])("%s: it is recorded with no duration, marked", async (_how, startedAt, endedAt, recordedAt) => {
    wait(HOUR_MS);
    expect(expectSuccess("sessionEnd", await end(startedAt, endedAt)).duration_secs).toBe(0);
    const times = { startedAt: formatTime(recordedAt), endedAt: formatTime(recordedAt) };
    expect(await storedSession(server(), "s-1")).toMatchObject({ ...times, clamped: expect.any(String) });
  });

  it("and lasted for more than 35 days is refused", async () => {
    expectProblem(await end(now() - 35 * DAY_MS - 1_000, now()), 400, "BadRequest", ["ended_at"]);
    expectSuccess("sessionEnd", await end(now() - 35 * DAY_MS, now()));
  });
});

describe("a start that is later than its own request was sent", () => {
  const future = () => ({ started_at: clock(2 * HOUR_MS), sent_at: clock(0) });

  it("by a call starts now, marked", async () => {
    expectSuccess("sessionStart", await operator().starts("s-1", "ana", future()), 201);
    expect(await storedSession(server(), "s-1")).toMatchObject({ startedAt: formatTime(START), startClamped: true });
  });

  it("in a heartbeat starts now, marked, and its end has a duration", async () => {
    const op = operator();
    const started = [op.start("s-1", "ana", { started_at: clock(2 * HOUR_MS) })];
    expect(expectSuccess("heartbeat", await op.beats(["s-1"], { started })).accepted).toEqual(["s-1"]);
    wait(10 * MINUTE_MS);
    expect(await ends(0)).toBe(600);
  });
});

import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import type { CountedSession } from "../../../shared/usage/counted.ts";
import { type CountedChange, listDirtyDays, readMarks, usageMarks } from "../../../shared/usage/marks.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const NOW = Date.parse("2028-03-04T12:00:00Z");
const RETENTION_DAYS = 365;

const session = (startedAt: string, endedAt: string, createdAt: string): CountedSession => ({
  sessionId: "s",
  identity: {
    machineId: "m",
    kubernetesUsername: "u",
    clientUsername: "c",
    clientHostname: "h",
    namespace: "n",
    targetKind: "k",
    targetName: "t",
    ci: false,
  },
  createdAt: Date.parse(createdAt),
  startedAt: Date.parse(startedAt),
  endedAt: Date.parse(endedAt),
  seconds: 1,
  shard: 0,
});

const changeOf = (change: Partial<CountedChange>): CountedChange => ({
  added: undefined,
  removed: undefined,
  ...change,
});

/** The days that a change marks. */
const marksOf = async (change: Partial<CountedChange>, now = NOW): Promise<string[]> => {
  const table = createMemoryTable();
  await usageMarks(table, () => now, RETENTION_DAYS).before([changeOf(change)]);
  return (await listDirtyDays(table)).sort();
};

describe("a session that comes to count", () => {
  it("on the day of its end marks nothing, however long it ran, and costs nothing", async () => {
    const added = session("2028-02-20T08:00:00Z", "2028-03-04T11:59:00Z", "2028-02-20T08:00:01Z");
    expect(await marksOf({ added })).toEqual([]);
  });

  it("some minutes after midnight marks nothing, since no day is closed so soon", async () => {
    const now = Date.parse("2028-03-04T00:04:59Z");
    const added = session("2028-03-03T23:00:00Z", "2028-03-03T23:59:00Z", "2028-03-03T23:00:00Z");
    expect(await marksOf({ added }, now)).toEqual([]);
    expect(await marksOf({ added }, now + MINUTE_MS)).toEqual(["2028-03-03"]);
  });

  it("and was known to run marks the days since its end, which may have counted it as running", async () => {
    const added = session("2028-02-27T08:00:00Z", "2028-03-01T09:00:00Z", "2028-02-27T08:00:00Z");
    expect(await marksOf({ added })).toEqual(["2028-03-01", "2028-03-02", "2028-03-03"]);
  });

  it("and was known late marks its days before, too, over a leap day", async () => {
    const added = session("2028-02-28T08:00:00Z", "2028-03-02T09:00:00Z", "2028-03-01T09:00:00Z");
    expect(await marksOf({ added })).toEqual(["2028-02-28", "2028-02-29", "2028-03-02", "2028-03-03"]);
    const today = session("2028-03-02T08:00:00Z", "2028-03-04T09:00:00Z", "2028-03-04T09:00:00Z");
    expect(await marksOf({ added: today })).toEqual(["2028-03-02", "2028-03-03"]);
  });

  it("and was not known at all marks the days it ran on, and no other", async () => {
    const added = session("2027-12-30T08:00:00Z", "2028-01-02T09:00:00Z", "2028-03-04T12:00:00Z");
    expect(await marksOf({ added, firstKnown: true })).toEqual([
      "2027-12-30",
      "2027-12-31",
      "2028-01-01",
      "2028-01-02",
    ]);
  });

  it("marks no day whose sessions retention has begun to clean up, however old its start is", async () => {
    const added = session("0001-01-01T00:00:00Z", "2028-03-04T11:00:00Z", "2028-03-04T12:00:00Z");
    const marked = await marksOf({ added, firstKnown: true });
    expect(marked).toHaveLength(RETENTION_DAYS - 2);
    expect(marked.at(-1)).toBe("2028-03-03");
  });
});

describe("a session that no longer counts", () => {
  const lost = session("2028-02-28T08:00:00Z", "2028-03-01T09:00:00Z", "2028-02-28T08:00:00Z");

  it("because it runs on marks every day since what was taken for its end", async () => {
    expect(await marksOf({ removed: lost })).toEqual(["2028-03-01", "2028-03-02", "2028-03-03"]);
  });

  it.each([
    ["2028-02-29T09:00:00Z", ["2028-02-29", "2028-03-01"]],
    ["2028-03-02T09:00:00Z", ["2028-03-01", "2028-03-02"]],
    ["2028-03-04T09:00:00Z", ["2028-03-01", "2028-03-02", "2028-03-03"]],
  ])("because its end was %s marks the days between both ends", async (endedAt, days) => {
    const added = session("2028-02-28T08:00:00Z", endedAt, "2028-02-28T08:00:00Z");
    expect(await marksOf({ added, removed: lost })).toEqual(days);
  });
});

describe("a mark", () => {
  it("is set again by the same process only when a minute has passed, and at once by another", async () => {
    const table = createMemoryTable();
    const clock = { now: NOW };
    const added = session("2028-03-03T08:00:00Z", "2028-03-03T09:00:00Z", "2028-03-03T08:00:00Z");
    const marked = async () => (await readMarks(table, ["2028-03-03"])).get("2028-03-03");
    const marks = usageMarks(table, () => clock.now, RETENTION_DAYS);
    await marks.before([changeOf({ added })]);
    clock.now += MINUTE_MS - 1;
    await marks.before([changeOf({ added })]);
    expect(await marked()).toBe(new Date(NOW).toISOString());
    await usageMarks(table, () => clock.now, RETENTION_DAYS).before([changeOf({ added })]);
    expect(await marked()).toBe(new Date(clock.now).toISOString());
    clock.now += HOUR_MS;
    await marks.before([changeOf({ added })]);
    expect(await marked()).toBe(new Date(clock.now).toISOString());
  });

  it("comes with the note of the first month with usage", async () => {
    const table = createMemoryTable();
    const marks = usageMarks(table, () => NOW, RETENTION_DAYS);
    for (const day of ["2028-02-01", "2028-01-01", "2028-03-01"]) {
      const at = `${day}T09:00:00Z`;
      await marks.before([changeOf({ added: session(at, at, at) })]);
    }
    const since = await table.get({ pk: "USAGE", sk: "SINCE" }, { consistent: true });
    expect(since?.["sinceMonth"]).toBe("2028-01");
  });
});

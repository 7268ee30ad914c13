import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import type { Table } from "../../../shared/store/table.ts";
import type { CountedSession } from "../../../shared/usage/counted.ts";
import {
  type CountedChange,
  listDirtyDays,
  markDeferredDays,
  readMarks,
  usageMarks,
} from "../../../shared/usage/marks.ts";
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

  it("and was known to run marks no day on which it had lasted longer than a session can", async () => {
    const added = session("2027-06-01T08:00:00Z", "2027-07-04T08:00:00Z", "2027-06-01T08:00:00Z");
    expect(await marksOf({ added })).toEqual(["2027-07-04", "2027-07-05", "2027-07-06"]);
  });
});

describe("a session that no longer counts", () => {
  const lost = session("2028-02-28T08:00:00Z", "2028-03-01T09:00:00Z", "2028-02-28T08:00:00Z");

  it("because it runs on marks every day since what was taken for its end", async () => {
    expect(await marksOf({ removed: lost })).toEqual(["2028-03-01", "2028-03-02", "2028-03-03"]);
  });

  it("because it runs marks no day on which it had lasted longer than a session can", async () => {
    const removed = session("2027-06-01T08:00:00Z", "2027-07-04T08:00:00Z", "2027-06-01T08:00:00Z");
    expect(await marksOf({ removed })).toEqual(["2027-07-04", "2027-07-05", "2027-07-06"]);
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

describe("the marks of one request", () => {
  const WITHIN = { first: "2027-03-06", last: "2028-03-03" };
  /** Ended on a day, so many days ago, and known only now. */
  const ended = (daysAgo: number): CountedChange => {
    const at = new Date(NOW - daysAgo * 24 * HOUR_MS).toISOString();
    return changeOf({ added: session(at, at, new Date(NOW).toISOString()), firstKnown: true });
  };
  const dayAgo = (daysAgo: number): string => new Date(NOW - daysAgo * 24 * HOUR_MS).toISOString().slice(0, 10);
  const daysAgo = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, place) => dayAgo(from + place)).sort();

  it("are 35 at most, over all that it counts; the job marks the others", async () => {
    const table = createMemoryTable();
    const process = usageMarks(table, () => NOW, RETENTION_DAYS);
    const request = process.ofRequest();
    for (let ago = 1; ago <= 50; ago += 10)
      await request.before(Array.from({ length: 10 }, (_, place) => ended(ago + place)));
    expect((await listDirtyDays(table)).sort()).toEqual(daysAgo(1, 35));
    await process.ofRequest().before([ended(60)]);
    expect(await listDirtyDays(table)).toContain(dayAgo(60));
    await markDeferredDays(table, WITHIN, NOW);
    expect((await listDirtyDays(table)).sort()).toEqual([...daysAgo(1, 50), dayAgo(60)].sort());
  });

  it("are first those of the days on which sessions ended", async () => {
    const table = createMemoryTable();
    const long = session("2028-01-29T08:00:00Z", "2028-03-03T08:00:00Z", new Date(NOW).toISOString());
    const old = session("2027-05-01T08:00:00Z", "2027-05-01T09:00:00Z", new Date(NOW).toISOString());
    const changes = [long, old].map((added) => changeOf({ added, firstKnown: true }));
    await usageMarks(table, () => NOW, RETENTION_DAYS)
      .ofRequest()
      .before(changes);
    const dirty = await listDirtyDays(table);
    expect(dirty).toHaveLength(35);
    expect(dirty).toEqual(expect.arrayContaining(["2028-03-03", "2027-05-01"]));
  });

  it("that are left to the job are all made, although it is killed at any write", async () => {
    for (let killedAt = 0; killedAt <= 25; killedAt += 1) {
      const table = createMemoryTable();
      const request = usageMarks(table, () => NOW, RETENTION_DAYS).ofRequest();
      for (let ago = 1; ago <= 55; ago += 11)
        await request.before(Array.from({ length: 11 }, (_, place) => ended(ago + place)));
      let writes = 0;
      const dying: Table = {
        ...table,
        write: async (write) => {
          if (writes >= killedAt) throw new Error("killed");
          writes += 1;
          return table.write(write);
        },
      };
      await markDeferredDays(dying, WITHIN, NOW).catch(() => undefined);
      await markDeferredDays(table, WITHIN, NOW);
      expect((await listDirtyDays(table)).sort()).toEqual(daysAgo(1, 55));
      expect(table.items().filter(({ sk }) => String(sk).startsWith("DEFERRED#"))).toEqual([]);
    }
  });
});

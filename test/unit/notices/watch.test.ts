import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { counterKey, denialKey, operatorKey } from "../../../shared/contract/keys.ts";
import { DAY_MS, dayOf, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { readLicenseFile } from "../../../shared/licensing/license-file.ts";
import type { Notification } from "../../../shared/notices/notifier.ts";
import { DEFAULT_THRESHOLDS } from "../../../shared/notices/thresholds.ts";
import { watch } from "../../../shared/notices/watch.ts";
import { bookOf } from "../../../shared/seats/book.ts";
import { billingPeriod } from "../../../shared/seats/period.ts";
import { type Item, StoreUnavailable } from "../../../shared/store/table.ts";
import { createLogger } from "../../../shared/telemetry/logger.ts";
import { mintLicense, mintTerms } from "../../../tools/mint/mint.ts";
import { runsOf } from "../../support/deep.ts";
import { crashing } from "../../support/faulty-table.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const END = Date.parse("2027-03-10T12:00:00Z");
const START = END - 40 * DAY_MS;
const SEATS = 10;

const { pem } = await mintLicense({
  organization: "Acme",
  terms: mintTerms({ max_seats: SEATS }),
  notBefore: END - 365 * DAY_MS,
  notAfter: END,
  serialNumber: "01",
});
const reading = readLicenseFile(pem);
if (!reading.ok) throw new Error(reading.reason);
const { license } = reading;

/** A server's table that tests fill, with a watch that looks when it is told to. */
const world = () => {
  const memory = createMemoryTable();
  const faults = crashing();
  const table = faults.around(memory);
  const clock = { now: START };
  const told: Notification[] = [];
  const lines: { level: string; message: string }[] = [];
  const log = createLogger(
    "debug",
    (line) => lines.push(JSON.parse(line)),
    () => clock.now,
  );
  let reaches = true;
  // How far the wall clock has gone on since the moment that is decided about.
  let later = 0;
  const bookAt = (at: number) => bookOf(license, billingPeriod(1, at));
  return {
    clock,
    faults,
    told,
    lines,
    memory,
    setReaches: (value: boolean) => {
      reaches = value;
    },
    /** The function is started again, after the longest time that its last run could have gone on. */
    startAgain: () => {
      faults.revive();
      later += 2 * MINUTE_MS;
    },
    claimed: (claimed: number) => memory.batchPut([{ ...counterKey(bookAt(clock.now).id), claimed }]),
    denied: (seatId: string) =>
      memory.batchPut([{ ...denialKey(bookAt(clock.now).id, dayOf(clock.now), seatId), seatId, denials: 1 }]),
    heard: (instanceId: string) =>
      memory.batchPut([{ ...operatorKey(instanceId), lastHeartbeat: formatTime(clock.now), liveCount: 0 }]),
    look: () =>
      watch(
        {
          table,
          currentBook: async (_license, at) => bookAt(at),
          staleMs: 3 * MINUTE_MS,
          clock: () => clock.now + later,
          thresholds: DEFAULT_THRESHOLDS,
          lateness: undefined,
          notify: async (notification) => {
            if (!reaches || faults.killed()) throw new StoreUnavailable("SNS: throttled");
            told.push(notification);
          },
        },
        { kind: "held", license },
        { now: clock.now, deadline: clock.now + later + MINUTE_MS, log },
      ),
  };
};

const keyOf = ({ subject, facts }: Notification): string =>
  JSON.stringify([subject, facts["day"] ?? facts["daysLeft"]]);

const step = fc.record({
  ms: fc.constantFrom(0, MINUTE_MS, HOUR_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS - 1, 3 * DAY_MS, -2 * HOUR_MS),
  claimed: fc.constantFrom(0, 7, 8, 9, 10, 12),
  denies: fc.boolean(),
  beats: fc.boolean(),
});
const steps = fc.array(step, { minLength: 1, maxLength: 40 });

type World = ReturnType<typeof world>;
const happens = async (
  at: World,
  { ms, claimed, denies, beats }: { ms: number; claimed: number; denies: boolean; beats: boolean },
) => {
  at.clock.now += ms;
  await at.claimed(claimed);
  if (denies) await at.denied("ana");
  if (beats) await at.heard("op-1");
};

/** What people must have been told of by the design's words, given when somebody looked and what there was to see. */
const expectation = () => {
  const licensePoints = new Set<string>();
  const thresholds = new Set<string>();
  const seen = (now: number, claimed: number) => {
    const left = END - now;
    const warned = [30, 14, 7, 2, 1].filter((days) => left <= days * DAY_MS);
    if (left <= 0) licensePoints.add(`over for ${Math.floor(-left / DAY_MS)}`);
    else if (warned.length > 0) licensePoints.add(`${Math.min(...warned)} before`);
    const book = billingPeriod(1, now).from;
    if (claimed >= 0.8 * SEATS) thresholds.add(`${book} 80`);
    if (claimed >= SEATS) thresholds.add(`${book} 100`);
  };
  return { licensePoints, thresholds, seen };
};

describe("the hourly watch", () => {
  it("tells of each thing once, whatever happens between its looks and however the clock moves", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const here = world();
        const { licensePoints, thresholds, seen } = expectation();
        const denialDays = new Set<string>();
        for (const one of history) {
          await happens(here, one);
          if (one.denies) denialDays.add(dayOf(here.clock.now));
          await here.look();
          seen(here.clock.now, one.claimed);
        }
        const subjects = here.told.map(({ subject }) => subject);
        const counts = (pattern: RegExp) => subjects.filter((subject) => pattern.test(subject)).length;
        expect(counts(/license/)).toBe(licensePoints.size);
        expect(counts(/refused/)).toBe(denialDays.size);
        const noted = here.memory.items().filter(({ sk }) => String(sk).startsWith("NOTICE#seats.threshold"));
        expect(noted).toHaveLength(thresholds.size);
        expect(counts(/ are taken/)).toBeLessThanOrEqual(thresholds.size);
      }),
      { numRuns: runsOf(150) },
    );
  });

  it("loses nothing where it is killed at any write, and repeats at most what it was at", async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(fc.record({ write: fc.integer({ min: 1, max: 4 }), when: fc.constantFrom("before", "after") }), {
          maxLength: 10,
        }),
        async (history, kills) => {
          const [faulty, spared] = [world(), world()];
          let repeats = 0;
          for (const [place, one] of history.entries()) {
            await happens(faulty, one);
            await happens(spared, one);
            const kill = kills[place];
            if (kill !== undefined) faulty.faults.killAt(kill.write, kill.when as "before" | "after");
            await faulty.look().catch(() => undefined);
            if (faulty.faults.killed() && kill?.when === "before") repeats += 1;
            faulty.startAgain();
            await faulty.look();
            await spared.look();
          }
          expect([...new Set(faulty.told.map(keyOf))]).toEqual([...new Set(spared.told.map(keyOf))]);
          expect(faulty.told.length).toBeLessThanOrEqual(spared.told.length + repeats);
          const notes = ({ memory }: World) =>
            memory
              .items()
              .map(({ pk, sk }) => `${pk} ${sk}`)
              .sort();
          expect(notes(faulty)).toEqual(notes(spared));
        },
      ),
      { numRuns: runsOf(100) },
    );
  });

  it("that cannot tell people fails, to be run again, notes nothing it has not told, and does the rest", async () => {
    const here = world();
    await here.claimed(SEATS);
    await here.heard("op-1");
    here.clock.now += HOUR_MS;
    here.setReaches(false);
    await expect(here.look()).rejects.toThrow("some notices were not given");
    const noted = (items: readonly Item[]) => items.filter(({ sk }) => String(sk).startsWith("NOTICE#"));
    const given = noted(here.memory.items()).filter(({ tellingUntil }) => tellingUntil === undefined);
    expect(given.map(({ kind }) => kind).sort()).toEqual(["license.logged", "operator.stale", "seats.threshold"]);
    here.setReaches(true);
    await here.look();
    expect(here.told.map(({ subject }) => subject)).toEqual(["mirrord seats: all in use"]);
  });

  it("that could not tell of a threshold tells of the one that has been reached since, and never of the lower one", async () => {
    const here = world();
    await here.claimed(Math.ceil(SEATS * 0.8));
    here.setReaches(false);
    await expect(here.look()).rejects.toThrow("some notices were not given");
    here.setReaches(true);
    await here.claimed(SEATS);
    await here.look();
    await here.claimed(SEATS - 1);
    await here.look();
    expect(here.told.map(({ subject }) => subject)).toEqual(["mirrord seats: all in use"]);
    expect(here.memory.items().filter(({ tellingUntil }) => tellingUntil !== undefined)).toEqual([]);
  });

  it("tells on a new day of the last hours of the day before, in the last billing period as well", async () => {
    const here = world();
    here.clock.now = Date.parse("2027-02-28T23:30:00Z");
    await here.denied("ana");
    await here.denied("ben");
    here.clock.now += HOUR_MS;
    await here.look();
    const denials = here.told.filter(({ subject }) => subject.includes("refused"));
    expect(denials).toMatchObject([{ facts: { day: "2027-02-28", users: 2, denials: 2 } }]);
  });

  it("stops telling once it cannot note what it tells, or each of its runs would tell all of it again", async () => {
    const here = world();
    await here.claimed(8);
    await here.denied("ana");
    // The first write is the line of the log, the second the mark of the first notice that people are told of.
    here.faults.killAt(2, "before");
    await expect(here.look()).rejects.toThrow(StoreUnavailable);
    expect(here.told).toEqual([]);
    // That mark again, and that it is taken off.
    here.faults.killAt(2, "before");
    await expect(here.look()).rejects.toThrow(StoreUnavailable);
    expect(here.told).toHaveLength(1);
  });

  it("that is killed while it tells leaves the notice to itself for as long as it could run, and then to the next", async () => {
    const here = world();
    await here.claimed(8);
    here.faults.killAt(2, "after");
    await expect(here.look()).rejects.toThrow(StoreUnavailable);
    here.faults.revive();
    await expect(here.look()).rejects.toThrow("some notices were not given");
    expect(here.told).toEqual([]);
    here.startAgain();
    for (let looks = 0; looks < 2; looks += 1) await here.look();
    expect(here.told.map(({ subject }) => subject)).toEqual(["mirrord seats: 80 % in use"]);
  });

  it("tells of each thing once where two of its runs look at the same moment", async () => {
    const here = world();
    here.clock.now = END - 5 * DAY_MS;
    await here.claimed(SEATS);
    await here.denied("ana");
    await Promise.allSettled([here.look(), here.look()]);
    expect(here.told.map(({ subject }) => subject).sort()).toEqual([
      "mirrord license expires in 5 days",
      "mirrord seats: all in use",
      `mirrord seats: sessions refused on ${dayOf(here.clock.now)}`,
    ]);
    await here.look();
    expect(here.told).toHaveLength(3);
  });

  it("logs how the license stands once a day", async () => {
    const here = world();
    for (let hour = 0; hour < 48; hour += 1) {
      await here.look();
      here.clock.now += HOUR_MS;
    }
    const days = here.lines.filter(({ message }) => message.startsWith("license "));
    expect(days).toHaveLength(new Set([0, 47].map((hours) => dayOf(START + hours * HOUR_MS))).size + 1);
  });
});

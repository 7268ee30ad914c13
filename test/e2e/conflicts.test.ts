import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { GIVE_UP_SECONDS } from "../../shared/contract/functions.ts";
import { SessionEndEvent } from "../../shared/contract/requests.ts";
import { DAY_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { type LicenseFile, readLicenseFile } from "../../shared/licensing/license-file.ts";
import { bookOf } from "../../shared/seats/book.ts";
import { claimedCounts } from "../../shared/seats/numbers.ts";
import { billingPeriod } from "../../shared/seats/period.ts";
import { FIRST_RULES, type SeatRules } from "../../shared/seats/rules.ts";
import { endSessions } from "../../shared/sessions/end.ts";
import { normalizeEnd, type SessionEnd } from "../../shared/sessions/events.ts";
import type { SessionStart } from "../../shared/sessions/record.ts";
import { type StartDeps, type StartOutcome, startSession } from "../../shared/sessions/start.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { usageMarks } from "../../shared/usage/marks.ts";
import { backlogOf } from "../../tools/bench/outage/backlog.ts";
import { mintLicense, mintTerms } from "../../tools/mint/mint.ts";
import { type Contended, type Contention, contendedTable, DYNAMODB } from "../support/contended-table.ts";
import { DEEP } from "../support/deep.ts";
import { chance } from "../support/faulty-table.ts";
import { createMemoryTable } from "../support/memory-table.ts";
import { type VirtualTime, virtualTime } from "../support/virtual-time.ts";

const NOW = Date.parse("2026-11-10T12:00:00Z");

const mint = async (seats: number): Promise<LicenseFile> => {
  const { pem } = await mintLicense({
    organization: "Acme",
    terms: mintTerms({ type: "teams", max_seats: seats }),
    notBefore: NOW - DAY_MS,
    notAfter: NOW + 300 * DAY_MS,
    serialNumber: "01",
  });
  const reading = readLicenseFile(pem);
  if (!reading.ok) throw new Error(reading.reason);
  return reading.license;
};

type World = { time: VirtualTime; contended: Contended; random: () => number };

const worldOf = (seed: number, contention: Contention): World => {
  const random = chance(seed);
  const time = virtualTime(NOW, random);
  return { time, random, contended: contendedTable(createMemoryTable(), time, contention) };
};

/** What a function of its own works with, as each of many requests at once has on Lambda. */
const functionOf = ({ time, contended: { table } }: World, rules = FIRST_RULES): StartDeps => ({
  table,
  pace: time,
  usageMarks: usageMarks(table, time.now, 365),
  log: createLogger("error", () => undefined, time.now),
  pseudonymsOnly: false,
  newId: () => crypto.randomUUID(),
  retentionDays: 365,
  staleMs: 180 * SECOND_MS,
  currentBook: async (license, now) => bookOf(license, billingPeriod(1, now), rules),
  counts: claimedCounts(table, time.now),
  allowOverages: undefined,
  policies: { refusals: async () => [], couldRefuse: async () => false },
});

const startOf = (number: number, name = "s"): SessionStart => ({
  sessionId: `${name}-${number}`,
  instanceId: `op-${number % 20}`,
  startedAt: NOW,
  shiftMs: 0,
  ci: false,
  client: { id: `m-${number}`, hostname: `h-${number}`, username: `u-${number}`, kubernetesUsername: `u-${number}@k` },
  target: { namespace: "shop", kind: "deployment", name: "checkout" },
  lockedPorts: [],
});

const kindOf = (outcome: StartOutcome): string => (outcome.kind === "denied" ? outcome.code : outcome.kind);

const tally = (kinds: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(kinds, (kind) => kind)).map(([kind, all]) => [kind, all?.length ?? 0]),
  );

const claimAtOnce = async (world: World, claimants: number, seats: number): Promise<string[]> => {
  const { time } = world;
  const license = await mint(seats);
  const moment = { now: NOW, deadline: NOW + GIVE_UP_SECONDS * SECOND_MS };
  const claim = async (number: number): Promise<string> => {
    const started = startSession(
      functionOf(world),
      startOf(number),
      license,
      { when: "before it runs", isBound: false },
      moment,
      new Map(),
    );
    return started.then(kindOf, (error: Error) => error.name);
  };
  const kinds = await time.run(Promise.all(Array.from({ length: claimants }, (_, number) => claim(number))));
  report(world, `${claimants} claims on ${seats} seats`);
  return kinds;
};

const SESSIONS_EACH = 500;

const backlogEnds = (operator: number): SessionEnd[] =>
  backlogOf(operator, SESSIONS_EACH, NOW).map((event) => {
    const input = v.parse(SessionEndEvent, event);
    const end = normalizeEnd(input.session_id, input, undefined, { now: NOW, sentAt: NOW, retentionDays: 365 });
    if (!end.ok) throw new Error(JSON.stringify(end.faults));
    return end.value;
  });

const report = ({ time, contended: { counts } }: World, what: string): void => {
  const seconds = ((time.now() - NOW) / SECOND_MS).toFixed(1);
  console.log(
    `${what}, at once: ${seconds} s as DynamoDB counts them, ${counts.transactions} transactions, ` +
      `of which ${counts.conflicts} met another and ${counts.throttled} were throttled`,
  );
};

describe("claims that meet at the seat counter as they do in DynamoDB", () => {
  it.each([
    { claimants: 200, seats: 100, holdMs: 10 },
    { claimants: 200, seats: 100, holdMs: 50 },
    ...(DEEP ? [{ claimants: 1_000, seats: 500, holdMs: 20 }] : []),
  ])(
    "of $claimants for $seats exactly $seats succeed, and each gets its answer in time, at $holdMs ms a transaction",
    async ({ claimants, seats, holdMs }) => {
      const world = worldOf(7, { ...DYNAMODB, holdMs });
      const kinds = await claimAtOnce(world, claimants, seats);
      expect(tally(kinds)).toEqual({ started: seats, MaxSeatCountReached: claimants - seats });
      expect(world.contended.counts.conflicts).toBeGreaterThan(claimants);
      expect(world.contended.counts.transactions).toBeLessThan(20 * claimants);
    },
  );
});

/** The settings of seats. With a `holding`, each live session holds its seat in a transaction. */
const RULES: Record<string, SeatRules> = {
  "the plain mode": FIRST_RULES,
  "idle days": { ...FIRST_RULES, idleDays: 14, generation: 1, holding: 1, since: NOW - DAY_MS },
  "floating seats": { ...FIRST_RULES, mode: "floating", generation: 1, holding: 1, since: NOW - DAY_MS },
};

/** So many users start a session, one after another in equal steps. */
type Arrivals = { perSecond: number; forSeconds: number };

const LAST_SECONDS = 2;

describe("users who start one after another, as DynamoDB serves them", () => {
  let license: LicenseFile;
  beforeAll(async () => {
    license = await mint(100_000);
  });

  /** Whether all are served, and the last of them soon after the last came: what comes is not more than what is served. */
  const keepsUp = async (world: World, rules: SeatRules, users: Arrivals, name: string): Promise<boolean> => {
    const { time } = world;
    const begunAt = time.now();
    const count = users.perSecond * users.forSeconds;
    const start = async (number: number): Promise<string> => {
      await time.sleep((number * SECOND_MS) / users.perSecond);
      const moment = { now: time.now(), deadline: time.now() + GIVE_UP_SECONDS * SECOND_MS };
      const request = { when: "before it runs", isBound: false } as const;
      const session = startOf(number, name);
      const started = startSession(functionOf(world, rules), session, license, request, moment, new Map());
      return started.then(kindOf, (error: Error) => error.name);
    };
    const kinds = await time.run(Promise.all(Array.from({ length: count }, (_, number) => start(number))));
    const tookMs = time.now() - begunAt;
    return tally(kinds)["started"] === count && tookMs <= (users.forSeconds + LAST_SECONDS) * SECOND_MS;
  };

  const claims = (rules: SeatRules, users: Arrivals): Promise<boolean> =>
    keepsUp(worldOf(11, DYNAMODB), rules, users, "first");

  /** Everybody has a seat before: an idle one, or one with another session. */
  const starts = async (rules: SeatRules, users: Arrivals): Promise<boolean> => {
    const world = worldOf(11, DYNAMODB);
    const held = { perSecond: 20, forSeconds: (users.perSecond * users.forSeconds) / 20 };
    expect(await keepsUp(world, rules, held, "first")).toBe(true);
    return keepsUp(world, rules, users, "second");
  };

  it.each(Object.entries(RULES))(
    "keep their pace with %s: 40 claims a second, and 200 starts of holders",
    async (_, rules) => {
      expect(await claims(rules, { perSecond: 40, forSeconds: 3 })).toBe(true);
      expect(await starts(rules, { perSecond: 200, forSeconds: 1 })).toBe(true);
    },
  );

  it.runIf(DEEP).each(Object.entries(RULES))(
    "keep their pace with %s up to a rate that docs/scale.md names",
    async (name, rules) => {
      const highest = async (rates: readonly number[], isKept: (perSecond: number) => Promise<boolean>) => {
        let found = 0;
        for (const rate of rates) {
          if (!(await isKept(rate))) break;
          found = rate;
        }
        return found;
      };
      const found = {
        claims: await highest([50, 60, 70, 80, 90, 100, 110, 120], (perSecond) =>
          claims(rules, { perSecond, forSeconds: 10 }),
        ),
        starts: await highest([500, 750, 1_000, 1_250, 1_500, 2_000], (perSecond) =>
          starts(rules, { perSecond, forSeconds: 4 }),
        ),
      };
      console.log(`${name}: at most ${found.claims} claims and ${found.starts} starts of holders a second`);
    },
    120_000,
  );
});

describe("backlogs that meet at the rollups as they do in DynamoDB", () => {
  it("go in by groups, which contention does not make fall apart", async () => {
    // Everybody is seen by two of them: the people of one come again fifty operators on.
    const numbers = Array.from({ length: DEEP ? 15 : 6 }, (_, number) => [number, number + 50]).flat();
    const operators = numbers.length;
    const world = worldOf(3, DYNAMODB);
    const { time, contended } = world;
    let heartbeats = 0;
    const comeBack = async (operator: number): Promise<void> => {
      const waiting = new Map(backlogEnds(operator).map((end) => [end.sessionId, end]));
      while (waiting.size > 0) {
        heartbeats += 1;
        const moment = { now: time.now(), deadline: time.now() + 10 * SECOND_MS };
        const outcomes = await endSessions(functionOf(world), [...waiting.values()], moment, new Map());
        for (const [id, { kind }] of outcomes) if (kind === "ended") waiting.delete(id);
        if (waiting.size > 0) await time.sleep(SECOND_MS);
      }
    };
    await time.run(Promise.all(numbers.map(comeBack)));
    report(world, `${operators} operators with ${SESSIONS_EACH} ended sessions each, ${heartbeats} heartbeats`);
    const { transactions, conflicts, throttled } = contended.counts;
    expect(conflicts).toBeGreaterThan(0);
    expect(throttled).toBeGreaterThan(DEEP ? operators : 0);
    expect(transactions).toBeLessThan((operators * SESSIONS_EACH) / 10);
    expect(heartbeats).toBeLessThan(3 * operators);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, dayOf, formatTime, HOUR_MS, MINUTE_MS } from "../../../shared/contract/time.ts";
import { closeSeatDays, openSeatHistory } from "../../../shared/day-close/close-seat-days.ts";
import { readSeatDays } from "../../../shared/seats/seat-days.ts";
import { periodStart } from "../../e2e/model/reference.ts";
import { DEEP, SEED } from "../../support/deep.ts";
import { createMemoryTable } from "../../support/memory-table.ts";

const BEGIN = Date.parse("2027-01-20T15:00:00Z");
const USERS = 8;

type File = { license: string; anchorDay: number; mode: string; max: number | null };
const FILES: readonly File[] = [
  { license: "sub-1", anchorDay: 5, mode: "ClientCertificate", max: 4 },
  { license: "sub-1", anchorDay: 5, mode: "ClientCertificate", max: 2 },
  { license: "sub-1", anchorDay: 5, mode: "ClientCertificate", max: null },
  { license: "sub-1", anchorDay: 5, mode: "KubernetesUser", max: 3 },
  { license: "sub/2", anchorDay: 31, mode: "ClientCertificate", max: 3 },
];

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("claim" as const), user: fc.nat(USERS - 1) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("release" as const), user: fc.nat(USERS - 1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("deny" as const), user: fc.nat(USERS - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("swap" as const), file: fc.nat(FILES.length - 1) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(MINUTE_MS, HOUR_MS, 7 * HOUR_MS, DAY_MS, DAY_MS, 3 * DAY_MS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("close" as const) }) },
);
const histories = fc.array(step, { minLength: 40, maxLength: 120, size: "max" });
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** What happens to seats, as a server would write it; beside it, the truth of each day. */
const createWorld = () => {
  const table = createMemoryTable();
  const held = new Map<string, Set<string>>();
  const notes = new Map<string, { anchorDay: number; history: object[] }>();
  const truth = new Map<string, Truth>();
  let [now, file, ids] = [BEGIN, FILES[0] as File, 0];

  const bookAt = ({ license, mode, anchorDay }: File, at: number): string =>
    `SEATS#${encodeURIComponent(license)}#${mode}#${periodStart(anchorDay, at)}`;
  const holders = (book: string): Set<string> => {
    const found = held.get(book) ?? new Set<string>();
    held.set(book, found);
    return found;
  };
  /** Looks at the server at this moment. */
  const look = (): void => {
    const day = dayOf(now);
    const book = bookAt(file, now);
    const count = holders(book).size;
    const before = truth.get(day);
    const isUnlimited = file.max === null || before?.max === null;
    truth.set(day, {
      held: Math.max(before?.held ?? 0, count),
      overage: Math.max(before?.overage ?? 0, file.max === null ? 0 : count - file.max),
      denials: before?.denials ?? 0,
      max: isUnlimited ? null : Math.max(file.max ?? 0, before?.max ?? 0),
      mode: file.mode,
      users: new Set([...(before?.users ?? []), ...[...holders(book)].map((user) => `${file.mode} ${user}`)]),
    });
  };
  const audit = async (action: string, user: string): Promise<void> => {
    ids += 1;
    const time = formatTime(now);
    const book = bookAt(file, now);
    const sk = `${time}#${String(ids).padStart(6, "0")}`;
    await table.write({ kind: "put", item: { pk: `AUDIT#${dayOf(now)}`, sk, v: 1, time, action, seatId: user, book } });
  };
  const note = async (): Promise<void> => {
    const known = notes.get(file.license) ?? { anchorDay: file.anchorDay, history: [] };
    known.history.push({ fingerprint: "x", at: formatTime(now), maxSeats: file.max, trackingMode: file.mode });
    notes.set(file.license, known);
    const item = { pk: "LICENSE", sk: file.license, v: 1, firstSeen: formatTime(BEGIN), ...known };
    await table.write({ kind: "put", item });
  };
  const seat = (user: string) => ({ pk: bookAt(file, now), sk: `SEAT#${user}` });
  /** Time passes; what is true at each midnight is true of both days. */
  const wait = (ms: number): void => {
    const until = now + ms;
    while (Math.floor(now / DAY_MS) < Math.floor(until / DAY_MS)) {
      now = (Math.floor(now / DAY_MS) + 1) * DAY_MS;
      look();
    }
    now = until;
  };
  const close = async (): Promise<void> => {
    const pace = { now: () => now, random: () => 0, sleep: async () => {} };
    const deps = { table, pace, retentionDays: 400, anchorDay: undefined };
    await closeSeatDays(deps, await openSeatHistory(deps, now), { now, deadline: Number.POSITIVE_INFINITY });
  };
  const act = async (one: Step): Promise<void> => {
    // No two decisions in a millisecond: their order would be that of their ids.
    now += 1;
    const user = "user" in one ? `user-${one.user}` : "";
    const holding = holders(bookAt(file, now));
    if (one.do === "wait") wait(one.ms);
    if (one.do === "close") await close();
    if (one.do === "swap") {
      file = FILES[one.file] as File;
      await note();
    }
    if (one.do === "deny") {
      await audit("seat.denied", user);
      look();
      const day = truth.get(dayOf(now));
      if (day !== undefined) day.denials += 1;
    }
    if (one.do === "claim" && !holding.has(user)) {
      holding.add(user);
      await table.write({ kind: "put", item: { ...seat(user), v: 1, id: user, claimedAt: formatTime(now) } });
      await audit(file.max !== null && holding.size > file.max ? "seat.overage" : "seat.claimed", user);
    }
    if (one.do === "release" && holding.delete(user)) {
      await table.write({ kind: "delete", key: seat(user) });
      await audit("seat.released", user);
    }
    look();
  };
  return { table, note, look, wait, close, act, truth, now: () => now };
};

type Truth = { held: number; overage: number; denials: number; max: number | null; mode: string; users: Set<string> };

/** Everybody with a seat on the thirty days that end with one; undefined where there are fewer. */
const trailing = (truth: ReadonlyMap<string, Truth>, day: string): number | undefined => {
  const users = new Set<string>();
  for (let back = 0; back < 30; back += 1) {
    const one = truth.get(dayOf(Date.parse(day) - back * DAY_MS));
    if (one === undefined) return undefined;
    for (const user of one.users) users.add(user);
  }
  const mode = truth.get(day)?.mode;
  return [...users].filter((user) => user.startsWith(`${mode} `)).length;
};

describe("after any history of claims, releases, denials and swaps of the license, with days closed at any time", () => {
  it("each day that is over has what a look at every moment of it saw", async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const world = createWorld();
        await world.note();
        world.look();
        for (const one of history) await world.act(one);
        world.wait(DAY_MS);
        await world.close();
        const found = await readSeatDays(world.table, dayOf(BEGIN), dayOf(world.now()));
        const last = dayOf(world.now() - 10 * MINUTE_MS - DAY_MS);
        const expected = [...world.truth].filter(([day]) => day <= last);
        expect(
          [...found].sort().map(([day, { decided }]) => {
            const { books: _books, releases: _releases, trackingMode: mode, ...figures } = decided;
            return [day, { ...figures, mode }];
          }),
        ).toEqual(
          expected.map(([day, { users: _users, ...figures }]) => {
            const trailingUsers = trailing(world.truth, day);
            return [day, { ...figures, ...(trailingUsers === undefined ? {} : { trailingUsers }) }];
          }),
        );
      }),
      { numRuns: DEEP ? 2_000 : 30, seed: SEED },
    );
  }, 300_000);
});

import { ITEM_VERSION, USER_KINDS, type UserKind, userKey, usersPartition } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, MINUTE_MS, monthOf, nextMonth, startOf } from "../contract/time.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Expression, Table, Write } from "../store/table.ts";
import { dayAfter } from "./closing.ts";
import { statsCheck } from "./day-stats.ts";
import { type ActiveUsers, daySums } from "./day-sums.ts";
import { readRollups } from "./read-rollups.ts";

/** The first day of each user with an ended session. */
export const readFirstDays = async (
  table: Table,
  kind: UserKind,
  { consistent }: { consistent: boolean },
): Promise<Map<string, string>> => {
  const items = await table.query({ partition: usersPartition(kind), consistent });
  return new Map(items.map((item) => [String(item["sk"]), String(item["firstDay"])]));
};

export type FixedDay = { day: string; users: ActiveUsers };

/** Users per transaction: with the check of the day, well below DynamoDB's limit. */
const USERS_AT_ONCE = 50;

/**
 * Updates users' first days after days were closed as of `asOf`. Returns the days for which that is done. The others
 * were closed again meanwhile, or another run moved the same users: they are tried again later.
 *
 * A user's first day becomes earlier if a closed day is earlier. It becomes later if the user is no longer seen on it:
 * then the next day with a session of the user is looked up. Each move has the condition that its day is still as it
 * was closed. A run that closes it later reads users after that, so it sees the move or prevents it.
 */
export const moveFirstDays = async (
  deps: { table: Table; pace: Pace },
  fixed: readonly FixedDay[],
  asOf: EpochMs,
): Promise<string[]> => {
  const failed = new Set<string>();
  for (const kind of USER_KINDS) {
    const moves = await movesOf(deps.table, kind, fixed, asOf);
    for (const [day, ofDay] of Map.groupBy(moves, ({ because }) => because))
      for (let start = 0; start < ofDay.length; start += USERS_AT_ONCE) {
        const writes = ofDay.slice(start, start + USERS_AT_ONCE).map((move) => moveWrite(kind, move));
        if (!(await commit(deps, [statsCheck(day, asOf), ...writes]))) failed.add(day);
      }
  }
  return fixed.map(({ day }) => day).filter((day) => !failed.has(day));
};

type Move = {
  user: string;
  from: string | undefined;
  to: string | undefined;
  /** The closed day that it follows from. */
  because: string;
};

const movesOf = async (table: Table, kind: UserKind, fixed: readonly FixedDay[], asOf: EpochMs): Promise<Move[]> => {
  const known = await readFirstDays(table, kind, { consistent: true });
  const usersOf = new Map(fixed.map(({ day, users }) => [day, users[kind]]));
  const earliest = new Map<string, string>();
  for (const day of [...usersOf.keys()].sort().reverse())
    for (const user of usersOf.get(day) ?? []) earliest.set(user, day);
  const moves: Move[] = [];
  for (const [user, day] of earliest) {
    const from = known.get(user);
    if (from === undefined || day < from) moves.push({ user, from, to: day, because: day });
  }
  const lookUp = nextDays(table, kind, monthOf(asOf + DAY_MS));
  for (const [user, day] of known) {
    const isGone = usersOf.get(day)?.has(user) === false;
    if (!isGone || (earliest.get(user) ?? day) < day) continue;
    moves.push({ user, from: day, to: await lookUp(user, day), because: day });
  }
  return moves;
};

/**
 * Returns the next day after a given one on which a user had an ended session. What is read for one user serves the
 * others.
 */
const nextDays = (table: Table, kind: UserKind, lastMonth: string) => {
  const read = new Map<string, Promise<ReadonlySet<string>>>();
  const usersIn = (period: string): Promise<ReadonlySet<string>> => {
    const users = read.get(period) ?? readRollups(table, period).then((rows) => daySums(rows).users[kind]);
    read.set(period, users);
    return users;
  };
  return async (user: string, after: string): Promise<string | undefined> => {
    const first = dayAfter(after);
    for (let month = monthOf(startOf(first)); month <= lastMonth; month = nextMonth(month)) {
      if (!(await usersIn(month)).has(user)) continue;
      const begins = `${month}-01`;
      for (let day = first > begins ? first : begins; day.startsWith(month); day = dayAfter(day))
        if ((await usersIn(day)).has(user)) return day;
    }
    return undefined;
  };
};

const moveWrite = (kind: UserKind, { user, from, to }: Move): Write => {
  const key = userKey(kind, user);
  const condition: Expression =
    from === undefined
      ? { expression: "attribute_not_exists(pk)" }
      : { expression: "firstDay = :from", values: { ":from": from } };
  return to === undefined
    ? { kind: "delete", key, condition }
    : { kind: "put", item: { ...key, v: ITEM_VERSION, firstDay: to }, condition };
};

const commit = ({ table, pace }: { table: Table; pace: Pace }, writes: readonly Write[]): Promise<boolean> =>
  retrying(pace, pace.now() + MINUTE_MS, async () => {
    const { outcome } = await table.transact(writes);
    return outcome === "conflict" ? undefined : outcome === "committed";
  });

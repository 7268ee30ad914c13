import { FLOATING_PERIOD, ROLLUP_PREFIX } from "../contract/keys.ts";
import type { TrackingMode } from "../contract/responses.ts";
import { DAY_MS, dayOf, type EpochMs, earliest, HOUR_MS, startOf } from "../contract/time.ts";
import { userName } from "../contract/user-names.ts";
import { type SeatClient, seatIdOf } from "../seats/book.ts";
import { bookOfLicense, inForceAt, partsOfBook } from "../seats/licenses-in-force.ts";
import { IDLE_DAYS, readSeatDays, type UsedDay, usedWrite } from "../seats/seat-days.ts";
import type { Table } from "../store/table.ts";
import { dayAfter, dayBefore, daysBetween, endOf, lastClosable, longestMs } from "../usage/closing.ts";
import { visitRollups } from "../usage/read-rollups.ts";
import { usageRow } from "../usage/rollup-item.ts";
import { kindOf } from "../usage/row.ts";
import type { SeatHistory } from "./close-seat-days.ts";
import type { LiveSpan } from "./day-sessions.ts";

const LONGEST_IDLE_DAYS = Math.max(...IDLE_DAYS);

/** A person with sessions that ended on a day, and the earliest start of them. */
type DayUser = SeatClient & { firstStart: EpochMs };

/** Who ran sessions, and when: from the rollups of ended sessions, each day read once, and from the live ones. */
export type SessionUsers = {
  endedOn(day: string): Promise<readonly DayUser[]>;
  live: readonly LiveSpan[];
  /** The seat of a user, under a tracking mode. */
  seatOf(user: SeatClient, mode: TrackingMode): string;
};

export const sessionUsers = (table: Table, live: readonly LiveSpan[]): SessionUsers => {
  const read = new Map<string, Promise<readonly DayUser[]>>();
  const seats = new Map<string, string>();
  return {
    live,
    seatOf(user, mode) {
      const key = `${mode} ${mode === "KubernetesUser" ? user.kubernetesUsername : user.id}`;
      const seat = seats.get(key) ?? seatIdOf(user, mode);
      seats.set(key, seat);
      return seat;
    },
    endedOn(day) {
      const users = read.get(day) ?? readUsers(table, day);
      read.set(day, users);
      return users;
    },
  };
};

const readUsers = async (table: Table, day: string): Promise<readonly DayUser[]> => {
  const users = new Map<string, DayUser>();
  await visitRollups(table, { period: day, range: { prefix: ROLLUP_PREFIX } }, (item) => {
    const row = usageRow(item);
    if (row.sessions === 0 || kindOf(row) !== "user") return;
    const { machineId: id, kubernetesUsername, firstStart } = row;
    const key = JSON.stringify([id, kubernetesUsername]);
    const before = users.get(key);
    if (before === undefined || firstStart < before.firstStart) users.set(key, { id, kubernetesUsername, firstStart });
  });
  return [...users.values()];
};

/** What a run of the job knows, and the days that it has written. */
export type UsedDays = { table: Table; history: SeatHistory; users: SessionUsers; done: Set<string>; now: EpochMs };

/**
 * Writes who used seats on a day, and on the later days whose idle holders depend on it; each once in a run. Days without
 * decided figures are left out.
 */
export const writeUsedDays = async ({ table, history, users, done, now }: UsedDays, day: string): Promise<void> => {
  const last = earliest(lastClosable(now), dayOf(startOf(day) + (LONGEST_IDLE_DAYS - 1) * DAY_MS));
  if (history.first === undefined || last < history.first) return;
  const days = daysBetween(day, last).filter((one) => !done.has(one));
  const [first] = days;
  if (first === undefined) return;
  const known = await readSeatDays(table, first, last, { consistent: true });
  for (const one of days) {
    if (known.has(one)) await table.write(usedWrite(one, await usedOn(history, users, one, now)));
    done.add(one);
  }
};

/**
 * Who used seats on a day. A holder is idle for n days if no session of its user ran on the last n days, the day itself
 * included, and the seat was claimed before them.
 */
const usedOn = async (history: SeatHistory, users: SessionUsers, day: string, now: EpochMs): Promise<UsedDay> => {
  const active = await activeOn(users, day, now);
  return {
    active: {
      machine: new Set(active.map(({ id }) => id)).size,
      kubernetes: new Set(active.map(({ kubernetesUsername }) => userName(kubernetesUsername))).size,
    },
    idle: idleOf(await lastDaysOfHolders(history, users, day, active), day),
    asOf: now,
  };
};

// A session that ended later ran on the day if it began before the day's end.
const activeOn = async ({ endedOn, live }: SessionUsers, day: string, now: EpochMs): Promise<SeatClient[]> => {
  const ends = endOf(day);
  const active: SeatClient[] = [...(await endedOn(day))];
  // A clock that is ahead may have ended a session some minutes from now.
  const last = earliest(dayOf(now + HOUR_MS), dayOf(ends + longestMs("user")));
  for (const later of daysBetween(dayAfter(day), last))
    active.push(...(await endedOn(later)).filter(({ firstStart }) => firstStart < ends));
  for (const { kind, user, from, to } of live)
    if (kind === "user" && from < ends && to >= startOf(day)) active.push(user);
  return active;
};

/** For each holder at the day's end, the last day of activity within the longest idle time; "" if there is none. */
const lastDaysOfHolders = async (
  { licenses, holders }: SeatHistory,
  { endedOn, seatOf }: SessionUsers,
  day: string,
  active: readonly SeatClient[],
): Promise<string[]> => {
  const license = inForceAt(licenses, endOf(day) - 1);
  const book = license && bookOfLicense(license, endOf(day) - 1);
  if (book === undefined) return [];
  const { trackingMode, periodStart } = partsOfBook(book);
  // A floating seat is free soon after its user's last session.
  if (periodStart === FLOATING_PERIOD) return [];
  const mode = trackingMode as TrackingMode;
  const { held, seats } = await holders.heldAtEndOf(book, day);
  // By user, the day of the claim.
  const rest = new Map<string, string>();
  for (const id of held) {
    const seat = seats.get(id);
    // An erased person keeps the seat's id until the period ends, and has another name already.
    const name = seat === undefined ? id : seatOf({ ...seat, id: seat.machineId }, mode);
    rest.set(name, seat === undefined || seat.claimedAt >= endOf(day) ? "" : dayOf(seat.claimedAt));
  }
  const lastDays: string[] = [];
  const take = (users: readonly SeatClient[], on: string): void => {
    for (const user of users) {
      const seatId = seatOf(user, mode);
      const claimed = rest.get(seatId);
      if (claimed === undefined) continue;
      lastDays.push(on > claimed ? on : claimed);
      rest.delete(seatId);
    }
  };
  take(active, day);
  let before = day;
  for (let back = 1; back < LONGEST_IDLE_DAYS && rest.size > 0; back += 1) {
    before = dayBefore(before);
    take(await endedOn(before), before);
  }
  return [...lastDays, ...rest.values()];
};

const idleOf = (lastDays: readonly string[], day: string): Record<string, number> =>
  Object.fromEntries(
    IDLE_DAYS.map((days) => {
      const limit = dayOf(startOf(day) - days * DAY_MS);
      return [String(days), lastDays.filter((last) => last <= limit).length];
    }),
  );

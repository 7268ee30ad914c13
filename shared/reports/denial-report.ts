import type { DenialReport } from "../contract/responses.ts";
import { dayOf, type EpochMs, formatTime, startOf } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import type { ShownNames } from "../privacy/shown-names.ts";
import { type Denial, readPastBooks } from "../seats/past-books.ts";
import { addReleasedClaims } from "../seats/past-claims.ts";
import { nearestRank, seatsEnough } from "../seats/seats-enough.ts";
import type { Table } from "../store/table.ts";
import { readRegularBeginning } from "../usage/beginning.ts";
import { daysBetween, endOf } from "../usage/closing.ts";

export type DenialDeps = {
  table: Table;
  /** The configured day of the month on which billing periods begin. Undefined: each license has its own. */
  anchorDay: number | undefined;
  names: ShownNames;
};

export type DenialRequest = { from: EpochMs; to: EpochMs; now: EpochMs; license: LicenseFile };

/**
 * Who was refused a seat on the days (UTC) that `from <= t < to` touches. Also how many seats were needed: the
 * median, the 95th percentile and the maximum of the days with use up to today. A day has no use while nobody has asked
 * for a seat in its billing period. Denials of all licenses of that time count, whatever the license is now; `seatsEnough`
 * says how a day counts on which the license was swapped.
 *
 * What is read grows with the billing periods of the range, not with its days: see `addReleasedClaims`.
 */
export const makeDenialReport = async (
  { table, anchorDay, names }: DenialDeps,
  { from, to, now, license }: DenialRequest,
): Promise<DenialReport> => {
  const beginning = await readRegularBeginning(table);
  const days = beginning === undefined || from >= to ? [] : daysOf(beginning, from, to, now);
  const [first, last] = [days[0], days.at(-1)];
  const range = first === undefined || last === undefined ? undefined : { from: startOf(first), to: endOf(last), now };
  const books = range === undefined ? [] : await readPastBooks({ table, anchorDay }, range);
  const denials = books
    .flatMap((book) => book.denials)
    .filter(({ day }) => first !== undefined && last !== undefined && day >= first && day <= last)
    .sort((one, other) => one.firstAt - other.firstAt || (one.seatId < other.seatId ? -1 : 1));
  // Claims before the first day count too, in that day's billing period.
  if (range !== undefined && beginning !== undefined)
    await addReleasedClaims(table, books, { ...range, from: startOf(beginning) });
  const enough = seatsEnough(books, days).filter((seats) => seats > 0);
  return {
    from: formatTime(from),
    to: formatTime(to),
    max_seats: license.terms.maxSeats,
    denials: denials.reduce((sum, denial) => sum + denial.denials, 0),
    users: new Set(denials.map(({ seatId }) => seatId)).size,
    seats_enough:
      enough.length === 0
        ? null
        : { p50: nearestRank(enough, 50), p95: nearestRank(enough, 95), max: nearestRank(enough, 100) },
    entries: denials.map((denial) => entryOf(denial, names)),
  };
};

const daysOf = (beginning: string, from: EpochMs, to: EpochMs, now: EpochMs): string[] =>
  daysBetween(dayOf(Math.max(from, startOf(beginning))), dayOf(Math.min(to - 1, now)));

const entryOf = (denial: Denial, names: ShownNames): DenialReport["entries"][number] => ({
  day: denial.day,
  seat_id: names.seat(denial.seatId),
  kubernetes_username: names.person(denial.kubernetesUsername),
  client_hostname: names.machine(denial.clientHostname),
  client_username: names.person(denial.clientUsername),
  denials: denial.denials,
  first_at: formatTime(denial.firstAt),
  last_at: formatTime(denial.lastAt),
});

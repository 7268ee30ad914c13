import { bookPartition } from "../contract/keys.ts";
import { dayOf, type EpochMs, formatTime } from "../contract/time.ts";
import { type Book, isFloating } from "../seats/book.ts";
import type { Notice } from "./notice.ts";
import type { Thresholds } from "./thresholds.ts";

/** How many users were denied on a day, and how many sessions. */
export type DayOfDenials = { day: string; users: number; denials: number };

/**
 * The notices for a book's seats. Each threshold that is reached is stored. If several are reached at once, people get a
 * message for the highest only. A maximum that changes within the book has thresholds of its own. The book of floating seats
 * has no end, so its thresholds are reached anew each month.
 */
export const seatNotices = (
  book: Book,
  used: number,
  thresholds: Pick<Thresholds, "seatsPercent">,
  now: EpochMs,
): Notice[] => {
  const { max, period, id } = book;
  if (max === null) return [];
  const month = dayOf(now).slice(0, "yyyy-mm".length);
  const floats = isFloating(book);
  const reached = seatPercents(max, used, thresholds);
  return reached.map((percent) => {
    const facts = {
      percent,
      used,
      max,
      license: id.license,
      trackingMode: id.trackingMode,
      ...(floats ? {} : { periodFrom: formatTime(period.from), periodTo: formatTime(period.to) }),
    };
    const message =
      percent === Math.max(...reached) ? { ...thresholdText(percent, used, max, book), facts } : undefined;
    const what = `${bookPartition(id)}#${max}#${percent}${floats ? `#${month}` : ""}`;
    return { kind: "seats.threshold", what, facts, message };
  });
};

/** The thresholds that are reached, in percent of the seats: the configured one and 100. */
export const seatPercents = (
  max: number,
  used: number,
  { seatsPercent }: Pick<Thresholds, "seatsPercent">,
): number[] => (used <= 0 ? [] : [seatsPercent, 100].filter((percent) => used * 100 >= max * percent));

/** The notices for days on which sessions were denied: one for each day, once it has as many denials as configured. */
export const denialNotices = (days: readonly DayOfDenials[], least: number): Notice[] =>
  days
    .filter(({ denials }) => denials >= least)
    .map(({ day, users, denials }) => ({
      kind: "seats.denied",
      what: day,
      facts: { day, users, denials },
      message: { ...denialText(day, users, denials), facts: { day, users, denials } },
    }));

const thresholdText = (percent: number, used: number, max: number, { period, rules }: Book) => ({
  subject: percent >= 100 ? "mirrord seats: all in use" : `mirrord seats: ${percent} % in use`,
  text: [
    isFloating({ rules })
      ? `${used} of ${max} floating seats are in use.`
      : `${used} of ${max} seats are in use in the billing period that ends on ${formatTime(period.to)}.`,
    percent >= 100
      ? `Until ${isFloating({ rules }) ? "one is free" : "then"} a user without a seat is refused or, if the seat policy allows overage, counted as overage.`
      : "Once all are in use, a user without a seat is refused or, if the seat policy allows overage, counted as overage.",
    "",
    "What to do:",
    "- see who holds one: license-server seat ls, or GET /api/v1/seats",
    "- release those nobody needs any more: license-server seat release <id>",
    "- or buy more seats and put the new license in",
  ].join("\n"),
});

const denialText = (day: string, users: number, denials: number) => ({
  subject: `mirrord seats: sessions refused on ${day}`,
  text: [
    `On ${day} (UTC) sessions were refused because no seat was free: ${denials} so far, of ${users} ${users === 1 ? "user" : "users"}.`,
    "There is no further message for this day. The report of denials lists every refusal.",
    "",
    "What to do:",
    `- see who was refused, and how many seats are needed: GET /api/v1/reports/denials?from=${day}T00:00:00Z`,
    "- release seats nobody needs any more: license-server seat release <id>",
    "- or buy more seats and put the new license in",
  ].join("\n"),
});

import { bookPartition } from "../contract/keys.ts";
import { formatTime } from "../contract/time.ts";
import type { Book } from "../seats/book.ts";
import type { Notice } from "./notice.ts";

/** So much of the seats, in percent, is told of. */
const SEAT_PERCENTS: readonly number[] = [80, 100];

/** How many users were refused on a day, and how many sessions. */
export type DayOfDenials = { day: string; users: number; denials: number };

/**
 * What is to be told of a book's seats. Each of the thresholds that is reached is noted; where several are, people are told
 * of the highest alone. A maximum that changes within the book makes thresholds of its own.
 */
export const seatNotices = (book: Book, used: number): Notice[] => {
  const { max, period, id } = book;
  if (max === null || used <= 0) return [];
  const reached = SEAT_PERCENTS.filter((percent) => used * 100 >= max * percent);
  return reached.map((percent) => {
    const facts = {
      percent,
      used,
      max,
      license: id.license,
      trackingMode: id.trackingMode,
      periodFrom: formatTime(period.from),
      periodTo: formatTime(period.to),
    };
    const message =
      percent === Math.max(...reached) ? { ...thresholdText(percent, used, max, book), facts } : undefined;
    return { kind: "seats.threshold", what: `${bookPartition(id)}#${max}#${percent}`, facts, message };
  });
};

/** What is to be told of days on which sessions were refused: each day's first refusal. */
export const denialNotices = (days: readonly DayOfDenials[]): Notice[] =>
  days
    .filter(({ denials }) => denials > 0)
    .map(({ day, users, denials }) => ({
      kind: "seats.denied",
      what: day,
      facts: { day, users, denials },
      message: { ...denialText(day, users, denials), facts: { day, users, denials } },
    }));

const thresholdText = (percent: number, used: number, max: number, { period }: Book) => ({
  subject: percent >= 100 ? "mirrord seats: all are taken" : `mirrord seats: ${percent} % are taken`,
  text: [
    `${used} of ${max} seats are taken in the billing period that ends on ${formatTime(period.to)}.`,
    percent >= 100
      ? "Who holds no seat yet is refused until then or, where the seat policy allows overage, is counted as overage."
      : "Once all are taken, who holds no seat yet is refused or, where the seat policy allows overage, is counted as overage.",
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
    `On ${day} (UTC) sessions were refused for want of a seat: so far ${denials} of ${users} ${users === 1 ? "user" : "users"}.`,
    "Further refusals of that day are not told of; the report of denials has them all.",
    "",
    "What to do:",
    `- see whom it met, and how many seats would have been enough: GET /api/v1/reports/denials?from=${day}T00:00:00Z`,
    "- release seats nobody needs any more: license-server seat release <id>",
    "- or buy more seats and put the new license in",
  ].join("\n"),
});

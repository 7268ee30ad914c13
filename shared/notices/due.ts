import { dayOf, type EpochMs } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import type { Operator } from "../operators/operator.ts";
import type { Book } from "../seats/book.ts";
import { licenseNotices } from "./license-notices.ts";
import type { Notice } from "./notice.ts";
import { operatorNotices } from "./operator-notices.ts";
import { type DayOfDenials, denialNotices, seatNotices } from "./seat-notices.ts";
import type { Thresholds } from "./thresholds.ts";

/** The facts from which notices are decided. */
export type Watched = {
  /** The license in force and its seats; undefined where there is none. */
  held: { license: LicenseFile; book: Book; claimed: number } | undefined;
  /** Denials of today and yesterday: the first run of a day has not seen the last hours of the day before. */
  denials: readonly DayOfDenials[];
  operators: readonly Operator[];
  staleMs: number;
  thresholds: Thresholds;
};

/**
 * The notices for the state of this moment. Pure: it includes notices that were given before. The caller leaves those
 * out.
 */
export const noticesDue = ({ held, denials, operators, staleMs, thresholds }: Watched, now: EpochMs): Notice[] => [
  dailyLine(now),
  ...(held === undefined
    ? []
    : [
        ...licenseNotices(held.license, thresholds.licenseDays, now),
        ...seatNotices(held.book, held.claimed, thresholds, now),
      ]),
  ...denialNotices(denials, thresholds.denials),
  ...operatorNotices(operators, staleMs, now),
];

// The license's log line, once a day.
const dailyLine = (now: EpochMs): Notice => ({
  kind: "license.logged",
  what: dayOf(now),
  facts: {},
  message: undefined,
});

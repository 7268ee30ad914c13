import { dayOf, type EpochMs } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import type { Operator } from "../operators/operator.ts";
import type { Book } from "../seats/book.ts";
import { licenseNotices } from "./license-notices.ts";
import type { Notice } from "./notice.ts";
import { operatorNotices } from "./operator-notices.ts";
import { type DayOfDenials, denialNotices, seatNotices } from "./seat-notices.ts";

/** What notices are decided from. */
export type Watched = {
  /** The license in force and its seats; undefined where there is none. */
  held: { license: LicenseFile; book: Book; claimed: number } | undefined;
  /** The refusals of today and yesterday: at a day's first look, the last hours of the day before have not been seen. */
  denials: readonly DayOfDenials[];
  operators: readonly Operator[];
  staleMs: number;
};

/**
 * All that holds now and is to be told of once. Pure: what was told of already is among them, and is for the caller to
 * leave out.
 */
export const noticesDue = ({ held, denials, operators, staleMs }: Watched, now: EpochMs): Notice[] => [
  dailyLine(now),
  ...(held === undefined ? [] : [...licenseNotices(held.license, now), ...seatNotices(held.book, held.claimed)]),
  ...denialNotices(denials),
  ...operatorNotices(operators, staleMs, now),
];

// The license's line in the log, once a day.
const dailyLine = (now: EpochMs): Notice => ({
  kind: "license.logged",
  what: dayOf(now),
  facts: {},
  message: undefined,
});

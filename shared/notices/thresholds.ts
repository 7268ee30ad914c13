import { WARNED_DAYS } from "../contract/settings.ts";

/** What notices are sent at. */
export type Thresholds = {
  /** Days before a license's end. A begun day counts. */
  licenseDays: readonly number[];
  /** Share of the seats. Another notice is sent at 100. */
  seatsPercent: number;
  /** Denials of a day, at least 1. */
  denials: number;
};

export const DEFAULT_THRESHOLDS: Thresholds = { licenseDays: WARNED_DAYS, seatsPercent: 80, denials: 1 };

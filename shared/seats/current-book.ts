import type { EpochMs } from "../contract/time.ts";
import type { AnchorDays } from "../licensing/anchor.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { type Book, bookOf } from "./book.ts";
import { billingPeriod } from "./period.ts";
import type { HeldRules } from "./rules.ts";

/** Returns the seat book for claims at a moment. Throws `StoreUnavailable`. */
export type CurrentBook = (license: LicenseFile, now: EpochMs) => Promise<Book>;

export const currentBook =
  (anchors: AnchorDays, rules: HeldRules): CurrentBook =>
  async (license, now) =>
    bookOf(license, billingPeriod(await anchors(license, now), now), await rules.current());

import { createHash } from "node:crypto";
import { type BookId, bookPartition } from "../contract/keys.ts";
import type { TrackingMode } from "../contract/responses.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { licenseIdentity } from "../licensing/identity.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import type { BillingPeriod } from "./period.ts";

/** The seats of one license in one billing period. */
export type Book = { id: BookId; period: BillingPeriod; max: number | null; trackingMode: TrackingMode };

/** Who takes a seat, as its user's machine and its cluster name them. */
export type SeatClient = { id: string; kubernetesUsername: string };

export const bookOf = (license: LicenseFile, period: BillingPeriod): Book => ({
  id: {
    license: licenseIdentity(license),
    trackingMode: license.terms.trackingMode,
    periodStart: dayOf(period.from),
  },
  period,
  max: license.terms.maxSeats,
  trackingMode: license.terms.trackingMode,
});

/** A short name of a book, for the records of the sessions that were admitted in it. */
export const bookMark = ({ id }: Book): string =>
  createHash("sha256").update(bookPartition(id)).digest("base64url").slice(0, 8);

/** The id of a user's seat: opaque, the same in every period. */
export const seatIdOf = (client: SeatClient, mode: TrackingMode): string =>
  createHash("sha256")
    .update(`${mode}:${mode === "KubernetesUser" ? client.kubernetesUsername : client.id}`)
    .digest("base64url");

/** Until when a seat held now is sure to be held: the period's or the license's end, whichever comes first. */
export const heldUntil = (book: Book, license: LicenseFile): EpochMs => Math.min(book.period.to, license.expiresAt);

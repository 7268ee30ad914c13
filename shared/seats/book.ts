import { createHash } from "node:crypto";
import { BOOKS_PREFIX, type BookId, bookPartition } from "../contract/keys.ts";
import type { TrackingMode } from "../contract/responses.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { userName } from "../contract/user-names.ts";
import { licenseIdentity } from "../licensing/identity.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import type { BillingPeriod } from "./period.ts";

/** The seats of one license in one billing period. */
export type Book = { id: BookId; period: BillingPeriod; max: number | null; trackingMode: TrackingMode };

/** The user of a seat: the id of the machine, and the name in Kubernetes. */
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

/** The name of a book in sessions and operators: its partition. */
export const bookName = ({ id }: Book): string => bookPartition(id);

/** Whether a record names a book in full. */
export const isBookName = (inRecord: string | undefined): inRecord is string =>
  inRecord?.startsWith(BOOKS_PREFIX) === true;

/** Whether a session's record names this book. Records of earlier releases carry the first part of a hash instead. */
export const isNamed = (inRecord: string | undefined, name: string): boolean =>
  inRecord === name || inRecord === createHash("sha256").update(name).digest("base64url").slice(0, 8);

/** Whether a book is of a later period of the same license and tracking mode. */
export const isLaterBook = (name: string | undefined, than: string): boolean => {
  if (name === undefined) return false;
  const split = name.length - PERIOD_START_LENGTH;
  return name.slice(0, split) === than.slice(0, than.length - PERIOD_START_LENGTH) && name > than;
};

const PERIOD_START_LENGTH = "yyyy-mm-dd".length;

/** The id of a user's seat: opaque, the same in every period. */
export const seatIdOf = (client: SeatClient, mode: TrackingMode): string =>
  createHash("sha256")
    .update(`${mode}:${mode === "KubernetesUser" ? userName(client.kubernetesUsername) : client.id}`)
    .digest("base64url");

/** Until when a seat that is held now is certainly held: the earlier end of period and license. */
export const heldUntil = (book: Book, license: LicenseFile): EpochMs => Math.min(book.period.to, license.expiresAt);

import { createHash } from "node:crypto";
import { BOOKS_PREFIX, type BookId, bookPartition, FLOATING_PERIOD } from "../contract/keys.ts";
import type { TrackingMode } from "../contract/responses.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { userName } from "../contract/user-names.ts";
import { licenseIdentity } from "../licensing/identity.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import type { BillingPeriod } from "./period.ts";
import { FIRST_RULES, idleMsOf, type SeatRules } from "./rules.ts";

/** The seats of one license in one billing period, or for ever if they float, and the rules in force. */
export type Book = {
  id: BookId;
  period: BillingPeriod;
  max: number | null;
  trackingMode: TrackingMode;
  rules: SeatRules;
};

/** The period of floating seats. It has no end that anybody will see. */
const FOR_EVER: BillingPeriod = { from: 0, to: Date.UTC(9_999, 11, 31) };

/** The user of a seat: the id of the machine, and the name in Kubernetes. */
export type SeatClient = { id: string; kubernetesUsername: string };

export const bookOf = (license: LicenseFile, billing: BillingPeriod, rules: SeatRules = FIRST_RULES): Book => {
  const isFloating = rules.mode === "floating";
  return {
    id: {
      license: licenseIdentity(license),
      trackingMode: license.terms.trackingMode,
      periodStart: isFloating ? FLOATING_PERIOD : dayOf(billing.from),
    },
    period: isFloating ? FOR_EVER : billing,
    max: license.terms.maxSeats,
    trackingMode: license.terms.trackingMode,
    rules,
  };
};

/** The name of a book in sessions and operators: its partition. */
export const bookName = ({ id }: Book): string => bookPartition(id);

/** Whether its seats float, so that it has no period. */
export const isFloating = ({ rules }: Pick<Book, "rules">): boolean => rules.mode === "floating";

/** Whether live sessions hold their seats in a book. */
export const isHeld = ({ rules }: Book): boolean => rules.holding !== undefined;

/**
 * What an operator's item notes once all its sessions have their place in a book: the book's name and, where sessions hold
 * their seats, the generation since which they do.
 */
export const bookMark = (book: Book): string =>
  isHeld(book) ? `${bookName(book)}${HELD}${book.rules.holding}` : bookName(book);
const HELD = "@";

/** The book's name in such a mark, and whether its sessions hold their seats. */
export const markedBook = (mark: string): { name: string; isHeld: boolean } => {
  const [name = mark, holding] = mark.split(HELD);
  return { name, isHeld: holding !== undefined };
};

/** Whether a record names a book in full. */
export const isBookName = (inRecord: string | undefined): inRecord is string =>
  inRecord?.startsWith(BOOKS_PREFIX) === true;

/** Whether a session's record names this book. Records of earlier releases carry the first part of a hash instead. */
export const isNamed = (inRecord: string | undefined, name: string): boolean =>
  inRecord === name || inRecord === createHash("sha256").update(name).digest("base64url").slice(0, 8);

/** Whether an operator's mark is of a later period of the same license and tracking mode than a book. */
export const isLaterBook = (mark: string | undefined, than: string): boolean => {
  if (mark === undefined) return false;
  const { name } = markedBook(mark);
  if (isFloatingBook(name) || isFloatingBook(than)) return false;
  const split = name.length - PERIOD_START_LENGTH;
  return name.slice(0, split) === than.slice(0, than.length - PERIOD_START_LENGTH) && name > than;
};

const PERIOD_START_LENGTH = "yyyy-mm-dd".length;

/** Whether a book's name is that of floating seats. */
export const isFloatingBook = (name: string): boolean => name.endsWith(`#${FLOATING_PERIOD}`);

/** The id of a user's seat: opaque, the same in every period. */
export const seatIdOf = (client: SeatClient, mode: TrackingMode): string =>
  createHash("sha256")
    .update(`${mode}:${mode === "KubernetesUser" ? userName(client.kubernetesUsername) : client.id}`)
    .digest("base64url");

/**
 * Until when a seat that is held now is certainly held: the earliest end of the period, of the license, and of the time that a
 * seat without a session is kept. Null if it is not kept.
 */
export const heldUntil = (book: Book, license: LicenseFile, now: EpochMs): EpochMs | null => {
  const idleMs = idleMsOf(book.rules);
  if (idleMs === 0) return null;
  return Math.min(book.period.to, license.expiresAt, now + (idleMs ?? Number.POSITIVE_INFINITY));
};

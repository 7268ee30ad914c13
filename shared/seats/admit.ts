import { counterKey, seatKey } from "../contract/keys.ts";
import { dayOf, type EpochMs } from "../contract/time.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Item, Table, TransactOutcome, Write } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type AuditEntry, auditWrite } from "./audit.ts";
import { type Book, seatIdOf } from "./book.ts";
import { denialWrite, isCounted, type Refused } from "./denial.ts";
import { listSeats } from "./list.ts";
import { type ClaimedCounts, seatMetrics } from "./numbers.ts";
import { bookExpiry, countWrite, type Seat, seatFrom, seatWrite, seenWrite } from "./seat.ts";

export type AdmitDeps = {
  table: Table;
  pace: Pace;
  counts: ClaimedCounts;
  newId: () => string;
  log: Logger;
  retentionDays: number;
};

/** A session that wants a seat. */
export type Applicant = Omit<Refused, "seatId"> & { instanceId: string };

export type Terms = {
  book: Book;
  overageAllowed: boolean;
  /** The session's record to be, where it is not there yet. Of one that runs on into a new period it is. */
  record: SessionToRecord | undefined;
  /** That one which runs on still does: it may have ended, and its seat have been released, since it was looked at. */
  stillRuns?: Write & { kind: "check" };
};

export type SessionToRecord = {
  /** Puts it if it is absent; it goes into the transaction of the decision. */
  put: (decided: { seatId: string } | { deniedCode: "MaxSeatCountReached" }) => Write & { kind: "put" };
  /** The record, where it is there by now. */
  find: () => Promise<Item | undefined>;
  startedAt: EpochMs;
  /** Whether it is recorded even when it is denied, because it is running already. */
  evenDenied: boolean;
};

export type Admission =
  | { kind: "admitted"; seat: Seat }
  | { kind: "denied" }
  /** The session's record stands already: this start was decided before. */
  | { kind: "exists"; found: Item };

/**
 * Admits a session on its user's seat, claiming one if the user holds none. Under the strict policy no claim succeeds
 * while the count is at the maximum: the count moves only in the transaction that puts the seat and the session, on
 * condition that it is below. Whoever loses a race looks again, so nobody is denied who has just got the seat elsewhere.
 */
export const admit = async (
  deps: AdmitDeps,
  applicant: Applicant,
  terms: Terms,
  moment: { now: number; deadline: number },
): Promise<Admission> => {
  const seatId = seatIdOf(applicant.client, terms.book.trackingMode);
  const attempt: Attempt = { ...deps, ...terms, ...moment, applicant, seatId };
  return retrying(deps.pace, moment.deadline, async () => {
    const item = await deps.table.get(seatKey(terms.book.id, seatId), { consistent: true });
    if (item !== undefined) return admitHolder(attempt, seatFrom(item));
    const { max } = terms.book;
    const { claimed, seatsReleased } = await readCounter(attempt);
    const full = max !== null && claimed >= max;
    if (!full || terms.overageAllowed) return claim(attempt, claimed, full);
    const mayBeKnown = seatsReleased || startedBefore(terms);
    return (mayBeKnown ? await found(attempt) : undefined) ?? deny(attempt, "without a seat");
  });
};

type Attempt = AdmitDeps & Terms & { applicant: Applicant; seatId: string; now: number; deadline: number };

const readCounter = async ({ table, book, counts }: Attempt) => {
  const counter = await table.get(counterKey(book.id), { consistent: true });
  const claimed = Number(counter?.["claimed"] ?? 0);
  counts.learn(book, claimed);
  return { claimed, seatsReleased: counter?.["releasedAt"] !== undefined };
};

// A start whose answer was lost is told again, and was admitted for good: its record is looked for wherever its user's seat
// can have gone since. Where it cannot, a denial need not pay for the look.
const found = async ({ record }: Attempt): Promise<Admission | undefined> => {
  const item = record === undefined || record.evenDenied ? undefined : await record.find();
  return item && { kind: "exists", found: item };
};

const startedBefore = ({ book, record }: Terms): boolean => record !== undefined && record.startedAt < book.period.from;

// A holder's session needs no transaction: nothing is counted.
const admitHolder = async (attempt: Attempt, seat: Seat): Promise<Admission | undefined> => {
  if (!(await keepsSeat(attempt, seat))) return (await found(attempt)) ?? deny(attempt, "despite a seat");
  const { table, book, now, record } = attempt;
  if (record !== undefined) {
    const outcome = await table.write(record.put({ seatId: seat.id }));
    if (outcome.outcome === "refused") return { kind: "exists", found: outcome.found ?? {} };
  }
  if (dayOf(seat.lastSeen) !== dayOf(now)) await table.write(seenWrite(book, seat, now));
  return { kind: "admitted", seat };
};

// After a maximum was lowered below what is claimed, the oldest claims keep their seats. Only then the book is read.
const keepsSeat = async (attempt: Attempt, seat: Seat): Promise<boolean> => {
  const { table, book, overageAllowed, counts } = attempt;
  const { max } = book;
  if (overageAllowed || max === null || (await counts.get(book)) <= max) return true;
  if ((await readCounter(attempt)).claimed <= max) return true;
  const rank = (await listSeats(table, book)).findIndex(({ id }) => id === seat.id);
  return rank !== -1 && rank < max;
};

const claim = async (attempt: Attempt, claimed: number, overage: boolean): Promise<Admission | undefined> => {
  const { table, book, counts, retentionDays, applicant, now, seatId } = attempt;
  const expiresAt = bookExpiry(book, retentionDays);
  const seat: Seat = {
    id: seatId,
    claimedAt: now,
    lastSeen: now,
    overage,
    machineId: applicant.client.id,
    kubernetesUsername: applicant.client.kubernetesUsername,
    clientHostname: applicant.client.hostname,
    clientUsername: applicant.client.username,
    instanceId: applicant.instanceId,
  };
  const session = attempt.record === undefined ? runsOn(attempt) : [attempt.record.put({ seatId })];
  const result = await table.transact([
    ...session,
    seatWrite(book, seat, expiresAt),
    countWrite(book, overage, expiresAt),
    auditOf(attempt, overage ? "seat.overage" : "seat.claimed"),
  ]);
  if (result.outcome === "committed") {
    counts.learn(book, claimed + 1);
    attempt.log.measure("seat claimed", seatMetrics(book, claimed + 1));
    return { kind: "admitted", seat };
  }
  return existsAmong(session, result);
};

const runsOn = ({ stillRuns }: Attempt): Write[] => (stillRuns === undefined ? [] : [stillRuns]);

// Where the session is written or checked at all, that comes first.
const existsAmong = (session: readonly Write[], result: TransactOutcome): Admission | undefined =>
  session.length > 0 && result.outcome === "refused" && result.refusals.has(0)
    ? { kind: "exists", found: result.refusals.get(0) ?? {} }
    : undefined;

// The check that the user still holds no seat makes the denial as firm as a claim.
// `full` is the denial that no more sessions fit in, where that has been found.
const deny = async (
  attempt: Attempt,
  how: "without a seat" | "despite a seat",
  full?: Item,
): Promise<Admission | undefined> => {
  const { table, book, applicant, seatId, now, retentionDays, record } = attempt;
  const session = record?.evenDenied === true ? [record.put({ deniedCode: "MaxSeatCountReached" })] : runsOn(attempt);
  const noSeat: Write[] =
    how === "despite a seat"
      ? []
      : [{ kind: "check", key: seatKey(book.id, seatId), condition: { expression: "attribute_not_exists(pk)" } }];
  const counted = [
    denialWrite(book, { ...applicant, seatId }, { now, expiresAt: bookExpiry(book, retentionDays) }, full),
    auditOf(attempt, "seat.denied"),
  ];
  const result = await table.transact([...session, ...noSeat, ...counted]);
  if (result.outcome === "committed") {
    attempt.log.count("SeatDenials", { session_id: applicant.sessionId, instance_id: applicant.instanceId });
    return { kind: "denied" };
  }
  if (result.outcome === "conflict") return undefined;
  const exists = existsAmong(session, result);
  if (exists !== undefined) return exists;
  if (noSeat.length > 0 && result.refusals.has(session.length)) return undefined;
  // Only the count refused.
  const found = result.refusals.get(session.length + noSeat.length);
  if (found === undefined) return undefined;
  if (!isCounted(found, applicant.sessionId)) return full === undefined ? deny(attempt, how, found) : undefined;
  if (session.length === 0) return { kind: "denied" };
  const again = await table.transact([...session, ...noSeat]);
  return again.outcome === "committed" ? { kind: "denied" } : existsAmong(session, again);
};

const auditOf = (attempt: Attempt, action: AuditEntry["action"]): Write => {
  const { applicant, seatId, now, newId, retentionDays } = attempt;
  const { instanceId, sessionId, client } = applicant;
  return auditWrite(
    {
      action,
      actor: instanceId,
      seatId,
      sessionId,
      kubernetesUsername: client.kubernetesUsername,
      clientHostname: client.hostname,
    },
    now,
    newId(),
    retentionDays,
  );
};

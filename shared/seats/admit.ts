import { COMMON_POOL, counterKey, idleList, seatKey, seatKeyIn } from "../contract/keys.ts";
import { dayOf, formatTime } from "../contract/time.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Expression, Item, Table, TransactOutcome, Write } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type AuditEntry, auditWrite, poolIn } from "./audit.ts";
import { type Book, bookName, isHeld, seatIdOf } from "./book.ts";
import { denialWrite, isCounted, type Refused } from "./denial.ts";
import { givingBack, type Holds, holdsOf, holdWrite, idleDelete } from "./holds.ts";
import { listSeats } from "./list.ts";
import { type ClaimedCounts, seatMetrics } from "./numbers.ts";
import { countsPools, NO_POOLS, type PoolsAt } from "./pool-counts.ts";
import { generationIn, idleMsOf } from "./rules.ts";
import {
  bookExpiry,
  countedCheck,
  countWrite,
  isFirstOther,
  type Seat,
  seatExpiry,
  seatFrom,
  seatWrite,
  seenWrite,
  writeOnSeat,
} from "./seat.ts";

export type AdmitDeps = {
  table: Table;
  pace: Pace;
  counts: ClaimedCounts;
  newId: () => string;
  log: Logger;
  retentionDays: number;
};

/** A session that needs a seat. */
export type Applicant = Omit<Refused, "seatId"> & {
  instanceId: string;
  /** The namespace of its target. */
  namespace: string;
};

export type Terms = {
  book: Book;
  overageAllowed: boolean;
  session: SessionToAdmit;
};

/** What was decided about a session: a seat, or a denial. */
export type Decision = { seatId: string; holds?: Holds } | { deniedCode: "MaxSeatCountReached" };

/** How the session's record takes part in the transaction of the decision. */
export type SessionToAdmit = {
  /** `new`: its record is not written yet. `running`: it is live, and only has no place in this book. */
  kind: "new" | "running";
  /** Writes the decision, on condition that nobody has decided about this session before. */
  write: (decision: Decision) => Exclude<Write, { kind: "check" | "delete" }>;
  /** The condition that nobody has, for a denial that leaves no record. Without it, denials are recorded, too. */
  unknown?: Write & { kind: "check" };
  /** What a running session holds already, in another book: it is given back. */
  holds?: Holds | undefined;
  /**
   * Commits the decision together with other writes, if one transaction of `write` and the others is not all: the refusals
   * are by their places, after the session's own.
   */
  commit?: (decision: Decision, others: readonly Write[]) => Promise<TransactOutcome>;
};

export type Admission =
  | { kind: "admitted"; seat: Seat }
  /** `pools`: which seats are full, where others are free but reserved. */
  | { kind: "denied"; pools?: FullPools | undefined }
  /** Somebody decided about this session before, or a running one has ended meanwhile. */
  | { kind: "exists"; found: Item }
  /** The rules of seats have changed since the book was chosen: choose it again. */
  | { kind: "outdated" };

/** The pools that have no seat for a user: the name of their own one, if a reservation names them. */
export type FullPools = { own: string | undefined; free: number };

/**
 * Admits a session on its user's seat, and claims one if the user holds none. Under the strict policy no claim succeeds
 * while the count is at the maximum: the count moves only in the transaction that writes the seat and the session, on
 * condition that it is below. A denial is written only on condition that its reason is still true (the user holds no seat, or
 * the seat is one too many) and that the session is unknown. On a conflict everything is read again. Throws `StoreUnavailable`.
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
    const { max, rules } = terms.book;
    const { counter, claimed } = await readCounter(attempt);
    if (generationIn(counter) > rules.generation) return { kind: "outdated" };
    const pools = await poolsAt(attempt, counter);
    const hasPlace = max === null || claimed < max;
    const pool = hasPlace ? pools.tried.find(pools.hasRoom) : undefined;
    if (pool !== undefined) return claim(attempt, pools, { claimed, pool, overage: false });
    for (const one of pools.tried) {
      const taken = await takeOver(attempt, pools, counter, one);
      if (taken !== "none") return taken === "retry" ? undefined : taken;
    }
    if (terms.overageAllowed) return claim(attempt, pools, { claimed, pool: COMMON_POOL, overage: true });
    const denied = await deny(attempt, [seatFree(attempt)]);
    if (denied?.kind !== "denied" || max === null || !hasPlace) return denied;
    return { ...denied, pools: { own: pools.tried.find((one) => one !== COMMON_POOL), free: max - claimed } };
  });
};

type Attempt = AdmitDeps & Terms & { applicant: Applicant; seatId: string; now: number; deadline: number };

const readCounter = async ({ table, book, counts }: Books): Promise<{ counter: Item | undefined; claimed: number }> => {
  const counter = await table.get(counterKey(book.id), { consistent: true });
  return { counter, claimed: counts.learnCounter(book, counter) };
};

// The session comes first, and what it gives back last.
const commit = async (attempt: Attempt, decision: Decision, others: readonly Write[]): Promise<TransactOutcome> => {
  const { table, session } = attempt;
  const all = [...others, ...(await givenBackBy(attempt))];
  return session.commit === undefined
    ? table.transact([session.write(decision), ...all])
    : session.commit(decision, all);
};

const givenBackBy = ({ table, session: { holds }, now }: Attempt): Promise<Write[]> =>
  givingBack(table, holds === undefined ? [] : [{ holds }], now);

// Nothing is counted for a holder's session.
const admitHolder = async (attempt: Attempt, seat: Seat): Promise<Admission | undefined> => {
  const { table, book, now, session, applicant } = attempt;
  // A lowered maximum refuses new sessions only.
  const surplus = session.kind === "new" ? await surplusOf(attempt, seat) : undefined;
  if (surplus !== undefined) return deny(attempt, surplus);
  if (isHeld(book)) return hold(attempt, seat);
  const isOther = isFirstOther(seat, applicant.sessionId);
  const seen = dayOf(seat.lastSeen) < dayOf(now) ? { at: now, client: applicant.client } : undefined;
  const on = { bookName: bookName(book), seat, sessionId: applicant.sessionId, seen };
  const given = await givenBackBy(attempt);
  const result = await writeOnSeat(attempt, on, session.write({ seatId: seat.id }), attempt.deadline, given);
  if (result.outcome === "moved") return undefined;
  if (result.outcome === "refused") return { kind: "exists", found: result.found ?? {} };
  // Once a day: until the session ends, the list of seats reads its activity from the session.
  if (seen !== undefined && !isOther) await table.write(seenWrite(bookName(book), seat.id, seen));
  return { kind: "admitted", seat };
};

// Where sessions hold their seats, the seat counts them: it is taken over only once there is none.
const hold = async (attempt: Attempt, seat: Seat): Promise<Admission | undefined> => {
  const { book, now, applicant } = attempt;
  const name = bookName(book);
  const held = holdWrite(name, seat, [applicant.sessionId], { at: now, client: applicant.client });
  const result = await commit(attempt, { seatId: seat.id, holds: holdsOf(name, seat) }, [held]);
  return result.outcome === "committed" ? { kind: "admitted", seat } : existsAmong(result);
};

/** The seat of a user that a new session may use, if there is one: not one that is beyond a lowered maximum. */
export const usableSeat = async (
  deps: Pick<AdmitDeps, "table" | "counts">,
  terms: Pick<Terms, "book" | "overageAllowed">,
  seatId: string,
): Promise<Seat | undefined> => {
  const item = await deps.table.get(seatKey(terms.book.id, seatId), { consistent: true });
  const seat = item && seatFrom(item);
  if (seat === undefined) return undefined;
  return (await surplusOf({ ...deps, ...terms }, seat)) === undefined ? seat : undefined;
};

type Books = Pick<Attempt, "table" | "counts" | "book" | "overageAllowed">;

// After a maximum was lowered below what is claimed, the oldest claims keep their seats. Only then the book is read. Returns
// undefined for a seat that is kept, else what must still be true when its session is refused. While more is claimed than the
// maximum nobody can claim, so the same count means the same seats.
const surplusOf = async (attempt: Books, seat: Seat): Promise<Write[] | undefined> => {
  const { table, book, overageAllowed, counts } = attempt;
  const { max, rules } = book;
  if (overageAllowed || max === null || (await counts.get(book)) <= max) return undefined;
  const { claimed } = await readCounter(attempt);
  if (claimed <= max) return undefined;
  const all = await listSeats(table, book);
  const { seats, cap } =
    rules.reservations.length === 0
      ? { seats: all, cap: max }
      : (await import("#seat-pools")).rankedWith(seat, all, rules.reservations, max);
  const rank = seats.findIndex(({ id }) => id === seat.id);
  const isKept = rank >= 0 && rank < cap;
  return isKept ? undefined : [countUnchanged(book, claimed)];
};

const countUnchanged = ({ id }: Book, claimed: number): Write => ({
  kind: "check",
  key: counterKey(id),
  condition: { expression: "claimed = :claimed", values: { ":claimed": claimed } },
});

const seatFree = ({ book, seatId }: Attempt): Write => ({
  kind: "check",
  key: seatKey(book.id, seatId),
  condition: { expression: "attribute_not_exists(pk)" },
});

/** A book without pools: its maximum is all. */
const WITHOUT_POOLS: PoolsAt = {
  tried: [COMMON_POOL],
  hasRoom: () => true,
  claimPart: undefined,
  takeOverPart: () => NO_POOLS.condition,
};

const poolsAt = async ({ book, applicant }: Attempt, counter: Item | undefined): Promise<PoolsAt> => {
  const { max, rules } = book;
  if (rules.reservations.length === 0 && !countsPools(counter)) return WITHOUT_POOLS;
  const { poolsOf } = await import("#seat-pools");
  return poolsOf(rules.reservations, { max, counter, namespace: applicant.namespace, ...applicant.client });
};

const claim = async (
  attempt: Attempt,
  { claimPart }: PoolsAt,
  { claimed, pool, overage }: { claimed: number; pool: string; overage: boolean },
): Promise<Admission | undefined> => {
  const { book, counts, retentionDays } = attempt;
  const pools = claimPart?.(pool, overage) ?? NO_POOLS;
  const seat = newSeat(attempt, { overage, pool: claimPart === undefined ? undefined : pool });
  const expiresAt = seatExpiry(book, retentionDays);
  const result = await commit(attempt, seatedAs(attempt, seat), [
    seatWrite(book, seat, expiresAt),
    countWrite(book, overage, expiresAt, pools),
    auditOf(attempt, overage ? "seat.overage" : "seat.claimed", seat.pool),
  ]);
  if (result.outcome !== "committed") return existsAmong(result);
  counts.learn(book, claimed + 1);
  attempt.log.measure("seat claimed", seatMetrics(book, claimed + 1));
  return { kind: "admitted", seat };
};

const newSeat = (
  { book, seatId, now, applicant }: Attempt,
  { overage, pool }: Pick<Seat, "overage" | "pool">,
): Seat => ({
  id: seatId,
  claimedAt: now,
  lastSeen: now,
  overage,
  machineId: applicant.client.id,
  kubernetesUsername: applicant.client.kubernetesUsername,
  clientHostname: applicant.client.hostname,
  clientUsername: applicant.client.username,
  instanceId: applicant.instanceId,
  claimedBy: applicant.sessionId,
  live: isHeld(book) ? 1 : undefined,
  pool,
});

const seatedAs = ({ book }: Attempt, seat: Seat): Decision =>
  isHeld(book) ? { seatId: seat.id, holds: holdsOf(bookName(book), seat) } : { seatId: seat.id };

/** So many idle seats are read: one read unit. */
const IDLE_SEATS_READ = 10;
/** One of the first of them is picked at random, so that claims at the same time do not meet at one. */
const IDLE_SEATS_TO_PICK = 8;
/** So many are tried. */
const IDLE_SEATS_TRIED = 3;

// The index finds seats that are likely idle, and the condition on the seat decides. The count stays as it is.
const takeOver = async (
  attempt: Attempt,
  pools: PoolsAt,
  counter: Item | undefined,
  pool: string,
): Promise<Admission | "retry" | "none"> => {
  const { table, book, now, pace } = attempt;
  const { rules, max } = book;
  const idleMs = idleMsOf(rules);
  // Until the job has seen that every live session holds its seat, one may run on a seat that looks idle.
  const isCounted = rules.holding !== undefined && Number(counter?.["holding"]) === rules.holding;
  if (idleMs === undefined || !isCounted || max === null || Number(counter?.["claimed"]) > max) return "none";
  const inPool = pools.takeOverPart(pool);
  if (inPool === undefined) return "none";
  const name = bookName(book);
  const idleUntil = formatTime(now - idleMs);
  const { items } = await table.queryPage({
    partition: idleList(name, pool),
    index: true,
    range: { from: "0", to: idleUntil },
    limit: IDLE_SEATS_READ,
  });
  const candidates = items.map(seatFrom);
  for (let tries = 0; tries < IDLE_SEATS_TRIED && candidates.length > 0; tries += 1) {
    const place = Math.floor(pace.random() * Math.min(candidates.length, IDLE_SEATS_TO_PICK));
    const [candidate] = candidates.splice(place, 1);
    const item = candidate && (await table.get(seatKeyIn(name, candidate.id), { consistent: true }));
    if (item === undefined || item["live"] !== 0 || String(item["idleSince"]) > idleUntil) continue;
    const taken = await takeSeat(attempt, { from: seatFrom(item), max, inPool });
    if (taken !== "gone") return taken;
  }
  return "none";
};

const takeSeat = async (
  attempt: Attempt,
  { from, max, inPool }: { from: Seat; max: number; inPool: Expression },
): Promise<Admission | "retry" | "gone"> => {
  const { book, retentionDays, applicant, now, newId } = attempt;
  const seat = newSeat(attempt, { overage: false, pool: from.pool });
  const { kubernetesUsername, clientHostname } = from;
  const released: AuditEntry = {
    ...{ action: "seat.released", actor: applicant.instanceId, seatId: from.id, sessionId: applicant.sessionId },
    book: bookName(book),
    ...poolIn(from.pool),
    ...{ kubernetesUsername, clientHostname },
  };
  const result = await commit(attempt, seatedAs(attempt, seat), [
    idleDelete(bookName(book), from),
    seatWrite(book, seat, seatExpiry(book, retentionDays)),
    countedCheck(book, max, inPool),
    auditWrite(released, now, newId(), retentionDays),
    auditOf(attempt, "seat.claimed", seat.pool),
  ]);
  if (result.outcome === "committed") return { kind: "admitted", seat };
  if (result.outcome === "refused" && result.refusals.size === 1 && result.refusals.has(1)) return "gone";
  return existsAmong(result) ?? "retry";
};

// The session comes first in every transaction.
const existsAmong = (result: TransactOutcome): Admission | undefined =>
  result.outcome === "refused" && result.refusals.has(0)
    ? { kind: "exists", found: result.refusals.get(0) ?? {} }
    : undefined;

// `reasons` are checks of what the denial is based on. `full` is the denial item that has no room for more sessions, where the
// attempt before found one.
const deny = async (attempt: Attempt, reasons: readonly Write[], full?: Item): Promise<Admission | undefined> => {
  const { table, book, applicant, seatId, now, retentionDays, session } = attempt;
  const { unknown } = session;
  const decide = (others: readonly Write[]): Promise<TransactOutcome> =>
    unknown === undefined
      ? commit(attempt, { deniedCode: "MaxSeatCountReached" }, others)
      : table.transact([unknown, ...others]);
  const result = await decide([
    ...reasons,
    denialWrite(book, { ...applicant, seatId }, { now, expiresAt: bookExpiry(book, retentionDays, now) }, full),
    auditOf(attempt, "seat.denied"),
  ]);
  if (result.outcome === "committed") {
    attempt.log.count("SeatDenials", { session_id: applicant.sessionId, instance_id: applicant.instanceId });
    return { kind: "denied" };
  }
  if (result.outcome === "conflict") return undefined;
  const exists = existsAmong(result);
  if (exists !== undefined) return exists;
  if (reasons.some((_, place) => result.refusals.has(1 + place))) return undefined;
  // Only the denial's own count refused.
  const found = result.refusals.get(1 + reasons.length);
  if (found === undefined) return undefined;
  if (!isCounted(found, applicant.sessionId)) return full === undefined ? deny(attempt, reasons, found) : undefined;
  if (unknown !== undefined) return { kind: "denied" };
  const again = await decide(reasons);
  return again.outcome === "committed" ? { kind: "denied" } : existsAmong(again);
};

const auditOf = (attempt: Attempt, action: AuditEntry["action"], pool?: string): Write => {
  const { applicant, seatId, book, now, newId, retentionDays } = attempt;
  const { instanceId, sessionId, client } = applicant;
  return auditWrite(
    {
      action,
      actor: instanceId,
      seatId,
      book: bookName(book),
      sessionId,
      ...poolIn(pool),
      kubernetesUsername: client.kubernetesUsername,
      clientHostname: client.hostname,
    },
    now,
    newId(),
    retentionDays,
  );
};

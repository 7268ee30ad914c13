import { operatorKey, sessionKey } from "../contract/keys.ts";
import { formatTime } from "../contract/time.ts";
import { leaseRefusal } from "../licensing/lease.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { allowsOverage } from "../licensing/policy.ts";
import { type LiveMoves, NO_BOOK, recordMove } from "../operators/live-set.ts";
import { MAX_UNLISTED, unlistedIn } from "../operators/operator.ts";
import { admit, type Decision, type SessionToAdmit } from "../seats/admit.ts";
import { type Book, bookMark, bookName, isHeld } from "../seats/book.ts";
import type { CurrentBook } from "../seats/current-book.ts";
import type { ClaimedCounts } from "../seats/numbers.ts";
import { isMapName } from "../store/map-names.ts";
import { retrying } from "../store/retry.ts";
import { StoreUnavailable } from "../store/table.ts";
import { commitCounting, transactCounting } from "./commit.ts";
import type { Moment, SessionDeps } from "./deps.ts";
import { revivalPlan } from "./lost.ts";
import { type LiveSession, type OverSession, type SessionRecord, sessionRecord } from "./record.ts";

export type ReviveDeps = SessionDeps & {
  currentBook: CurrentBook;
  counts: ClaimedCounts;
  /** The configured seat policy; undefined follows the license's type. */
  allowOverages: boolean | undefined;
};

/** `license`: the one in force. */
export type Revival = { lost: OverSession; known: SessionRecord; license: LicenseFile | undefined };

/** `mark`: what its operator's item notes of the book in which it has got its place, if it has. */
export type Revived = { session: LiveSession; mark: string | undefined };

/** How often what changed meanwhile is read again. */
const MOST_LOOKS = 5;

/**
 * Makes a lost session live again as `known`: its usage is withdrawn. Where live sessions hold their seats, it takes its
 * user's seat in the same transaction; if there is none, it is live, denied and counted. Undefined if it is no longer lost.
 * Throws `StoreUnavailable`.
 */
export const revive = async (
  deps: ReviveDeps,
  { lost, known, license }: Revival,
  moment: Moment,
): Promise<Revived | undefined> => {
  let seen: SessionRecord | undefined = lost;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (seen?.state !== "lost") return undefined;
    const book = await bookFor(deps, known, license, moment);
    const revived =
      book === undefined || license === undefined
        ? await reviveUnseated(deps, seen, known)
        : await reviveSeated(deps, seen, known, { book, license }, moment);
    if (revived !== "again") return { session: revived, mark: book && bookMark(book) };
    const item = await deps.table.get(sessionKey(lost.sessionId), { consistent: true });
    seen = item && sessionRecord(item);
  }
  throw new StoreUnavailable("too much contention");
};

// Undefined if the session takes no seat now: it needs none, or the next heartbeat gives it its place.
const bookFor = async (
  deps: ReviveDeps,
  { ci, deniedCode }: SessionRecord,
  license: LicenseFile | undefined,
  { now }: Moment,
): Promise<Book | undefined> => {
  if (ci || deniedCode !== undefined || license === undefined || leaseRefusal(license, now) !== undefined)
    return undefined;
  const book = await deps.currentBook(license, now);
  return isHeld(book) ? book : undefined;
};

const reviveUnseated = async (
  deps: ReviveDeps,
  lost: OverSession,
  known: SessionRecord,
): Promise<LiveSession | "again"> => {
  const plan = revivalPlan(lost, known, deps.retentionDays);
  return (await commitCounting(deps, [plan])) ? plan.record : "again";
};

const reviveSeated = async (
  deps: ReviveDeps,
  lost: OverSession,
  known: SessionRecord,
  { book, license }: { book: Book; license: LicenseFile },
  moment: Moment,
): Promise<LiveSession | "again"> => {
  let revived: LiveSession | undefined;
  const planFor = (decision: Decision) =>
    revivalPlan(lost, { ...known, ...placeOf(book, decision, moment) }, deps.retentionDays);
  const session: SessionToAdmit = {
    kind: "running",
    write: (decision) => planFor(decision).write,
    commit: async (decision, others) => {
      const plan = planFor(decision);
      revived = plan.record;
      return transactCounting(deps, [plan], others);
    },
  };
  const { sessionId, instanceId, client, target } = known;
  const overageAllowed = allowsOverage(license.terms, deps.allowOverages);
  const applicant = { sessionId, instanceId, client, namespace: target.namespace };
  const admission = await admit(deps, applicant, { book, overageAllowed, session }, moment);
  return admission.kind === "exists" || admission.kind === "outdated" ? "again" : (revived ?? "again");
};

const placeOf = (book: Book, decision: Decision, { now }: Moment) => ({
  book: bookName(book),
  ...("seatId" in decision
    ? decision
    : { seatId: undefined, deniedCode: decision.deniedCode, deniedAt: formatTime(now) }),
});

/**
 * Revives a lost session because its start was reported. If it turns out to be gone all the same, it ends when it was lost,
 * not later. Returns the live session, or undefined if it is no longer lost. Throws `StoreUnavailable`.
 */
export const reviveByStart = async (
  deps: ReviveDeps,
  revival: Revival,
  moment: Moment,
  moves: LiveMoves,
): Promise<LiveSession | undefined> => {
  // Before it is live: the next list may leave it out.
  await noteUnlisted(deps, revival.known.instanceId, revival.lost, moment);
  const revived = await revive(deps, revival, moment);
  if (revived === undefined) return undefined;
  const { session, mark } = revived;
  // One without a place in a book gets it from the next heartbeat, and so does one of an earlier book.
  recordMove(moves, session.instanceId, session, 1, session.ci ? undefined : (mark ?? session.book ?? NO_BOOK));
  return session;
};

// When the session was last known to run. A list that has it makes the server forget this.
const noteUnlisted = (
  { table, pace }: SessionDeps,
  instanceId: string,
  { sessionId, endedAt }: OverSession,
  { deadline }: Moment,
): Promise<true> =>
  retrying(pace, deadline, async () => {
    if (!isMapName(sessionId)) return true;
    const item = await table.get(operatorKey(instanceId), { consistent: true });
    const before = unlistedIn(item);
    if (Object.keys(before).length >= MAX_UNLISTED) return true;
    const { outcome } = await table.write({
      kind: "update",
      key: operatorKey(instanceId),
      update: { expression: "SET unlisted = :noted", values: { ":noted": { ...before, [sessionId]: endedAt } } },
      condition:
        item?.["unlisted"] === undefined
          ? { expression: "attribute_not_exists(unlisted)" }
          : { expression: "unlisted = :seen", values: { ":seen": item["unlisted"] } },
    });
    return outcome === "written" ? true : undefined;
  });

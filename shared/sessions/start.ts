import { seatKey, sessionKey } from "../contract/keys.ts";
import type { PolicyReason } from "../contract/policy-answers.ts";
import type { ProblemCode } from "../contract/problems.ts";
import { formatTime } from "../contract/time.ts";
import { leaseRefusal } from "../licensing/lease.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { allowsOverage } from "../licensing/policy.ts";
import { noteDenied } from "../operators/denied-set.ts";
import { type LiveMoves, NO_BOOK, recordDenied, recordMove, recordTally } from "../operators/live-set.ts";
import { createdTally } from "../operators/totals.ts";
import type { StartPolicies } from "../policies/start-policies.ts";
import { admit, type FullPools } from "../seats/admit.ts";
import { type Book, bookMark, bookName, seatIdOf } from "../seats/book.ts";
import type { Holds } from "../seats/holds.ts";
import { type Seat, seatFrom } from "../seats/seat.ts";
import { type Item, StoreUnavailable, type Write } from "../store/table.ts";
import { enrichParent } from "./children.ts";
import type { Moment } from "./deps.ts";
import { withParts } from "./parts.ts";
import {
  kindOfSession,
  type LiveSession,
  type SessionRecord,
  type SessionStart,
  sessionItem,
  sessionLogFields,
  sessionRecord,
} from "./record.ts";
import { type ReviveDeps, reviveByStart } from "./revive.ts";

export type StartDeps = ReviveDeps & { policies: StartPolicies };

export type StartOutcome =
  | { kind: "started"; created: boolean; seat: Seat | undefined; book: Book }
  /** `reasons`: why policies refuse it, unless it was refused before. `pools`: which seats are full, if others are reserved. */
  | { kind: "denied"; code: ProblemCode; reasons?: readonly PolicyReason[]; pools?: FullPools | undefined }
  /** The id belongs to a session of another operator or client. */
  | { kind: "conflict" }
  /** The session is over already. */
  | { kind: "over" };

/** `isBound`: the caller takes over no session of another operator, however silent that is. */
export type StartTerms = { when: "before it runs" | "running"; isBound: boolean };

type Started = {
  deps: StartDeps;
  start: SessionStart;
  license: LicenseFile;
  book: Book;
  isBound: boolean;
  moment: Moment;
  moves: LiveMoves;
};

type Decided = { seatId?: string; holds?: Holds; book?: string; deniedCode?: string; deniedAt?: string };

/** How often the book is chosen again for a start, if the rules of seats change just then. */
const MOST_BOOKS = 4;

/**
 * Starts a session: records it and, unless it is a CI session, admits it on its user's seat. First the license must allow it, then the policies. The same start again gives
 * the same answer and changes nothing: a start that is known is never refused. A late start (`running`: a heartbeat
 * reports it while it runs already) is a fact: it is recorded even if it would have been refused, and returned as denied.
 * The start of a part of a multi-cluster session is no start: it only enriches its session.
 */
export const startSession = async (
  deps: StartDeps,
  start: SessionStart,
  license: LicenseFile,
  terms: StartTerms,
  moment: Moment,
  moves: LiveMoves,
): Promise<StartOutcome> => {
  for (let books = 0; books < MOST_BOOKS; books += 1) {
    const book = await deps.currentBook(license, moment.now);
    const outcome = await startIn(book, deps, start, license, terms, moment, moves);
    if (outcome !== "outdated") return outcome;
  }
  throw new StoreUnavailable("the rules of seats are changing");
};

const startIn = async (
  book: Book,
  deps: StartDeps,
  start: SessionStart,
  license: LicenseFile,
  { when, isBound }: StartTerms,
  moment: Moment,
  moves: LiveMoves,
): Promise<StartOutcome | "outdated"> => {
  const name = bookName(book);
  const key = sessionKey(start.sessionId);
  const denial = (deniedCode: string): Decided => ({ deniedCode, deniedAt: formatTime(moment.now) });
  const put = (decided: Decided) => putSession(deps, start, decided, moment);
  const refusal = leaseRefusal(license, moment.now);
  if (start.parentId !== undefined) {
    await enrichParent(deps, start.parentId, start, moment, moves);
    return { kind: "started", created: false, seat: undefined, book };
  }
  const started: Started = { deps, start, license, book, isBound, moment, moves };
  if (refusal !== undefined && when === "before it runs") {
    const found = await deps.table.get(key, { consistent: true });
    return found === undefined ? { kind: "denied", code: refusal } : existing(started, found);
  }
  const reasons = refusal === undefined ? await deps.policies.refusals(judged(start)) : [];
  if (reasons.length > 0) return refuse(started, reasons, when, put(denial("PolicyDenied")));
  if (refusal !== undefined || start.ci) {
    const outcome = await deps.table.write(put(refusal === undefined ? {} : denial(refusal)));
    if (outcome.outcome === "refused") return existing(started, outcome.found ?? {});
    // One that was refused has no place in a book yet.
    created(deps, start, refusal === undefined || start.ci ? undefined : NO_BOOK, moves);
    if (refusal !== undefined) await noteDenial(started);
    return refusal === undefined
      ? { kind: "started", created: true, seat: undefined, book }
      : { kind: "denied", code: refusal };
  }
  const admission = await admit(
    deps,
    {
      sessionId: start.sessionId,
      instanceId: start.instanceId,
      client: start.client,
      namespace: start.target.namespace,
    },
    {
      book,
      overageAllowed: allowsOverage(license.terms, deps.allowOverages),
      session: {
        kind: "new",
        write: (decision) => put({ ...("seatId" in decision ? decision : denial(decision.deniedCode)), book: name }),
        ...(when === "running" ? {} : { unknown: { kind: "check", key, condition: UNKNOWN } }),
      },
    },
    moment,
  );
  if (admission.kind === "outdated") return "outdated";
  if (admission.kind === "exists") return existing(started, admission.found);
  if (admission.kind === "admitted" || when === "running") created(deps, start, bookMark(book), moves);
  if (admission.kind === "denied" && when === "running") await noteDenial(started);
  return admission.kind === "denied"
    ? { kind: "denied", code: "MaxSeatCountReached", pools: admission.pools }
    : { kind: "started", created: true, seat: admission.seat, book };
};

const judged = ({ sessionId, instanceId, clusterId, clusterName, target, policyFacts }: SessionStart) => ({
  sessionId,
  instanceId,
  cluster: { id: clusterId, name: clusterName },
  target,
  facts: policyFacts,
});

/** Refuses a session for its policies. `record` is its record if it runs already. */
const refuse = async (
  started: Started,
  reasons: readonly PolicyReason[],
  when: StartTerms["when"],
  record: Write & { kind: "put" },
): Promise<StartOutcome> => {
  const { deps, start, book, moment, moves } = started;
  const { sessionId, instanceId, client } = start;
  const refused = { sessionId, instanceId, client, reasons, user: seatIdOf(client, book.trackingMode) };
  const unknown = { kind: "check", key: sessionKey(sessionId), condition: UNKNOWN } as const;
  const { countRefusal } = await import("#policy-evaluator");
  const outcome = await countRefusal(deps, refused, when === "running" ? record : unknown, moment);
  if (outcome.kind === "exists") return existing(started, outcome.found);
  if (when === "running") {
    // One that was refused has no place in a book.
    created(deps, start, start.ci ? undefined : NO_BOOK, moves);
    await noteDenial(started);
  }
  return { kind: "denied", code: "PolicyDenied", reasons };
};

const putSession = (
  deps: StartDeps,
  start: SessionStart,
  decided: Decided,
  { now }: Moment,
): Write & { kind: "put" } => {
  const record: LiveSession = { ...start, ...decided, createdAt: now, state: "live" };
  return { kind: "put", item: sessionItem(record, deps.retentionDays), condition: UNKNOWN };
};

const UNKNOWN = { expression: "attribute_not_exists(pk)" };

// `book`: the one in which it has a seat or a denial, if it needs one.
const created = (deps: StartDeps, start: SessionStart, book: string | undefined, moves: LiveMoves): void => {
  recordMove(moves, start.instanceId, start, 1, book);
  recordTally(moves, start.instanceId, createdTally(kindOfSession(start)));
  deps.log.info("Session Start", sessionLogFields(start, deps));
};

const noteDenial = async ({
  deps,
  start,
  moment,
  moves,
}: Pick<Started, "deps" | "start" | "moment" | "moves">): Promise<void> => {
  await noteDenied(deps.table, start, moment.now);
  recordDenied(moves, start.instanceId);
};

const existing = async (started: Started, found: Item): Promise<StartOutcome> => {
  const { deps, start, license, moment, moves, book, isBound } = started;
  const record = sessionRecord(found);
  const isLost = record.state === "lost";
  if (isLost && record.placeholder === true) {
    const known = { ...withParts(start, record), createdAt: record.createdAt, state: "live" } as const;
    const revived = await reviveByStart(deps, { lost: record, known, license }, moment, moves);
    return (await deniedAgain(started, revived)) ?? { kind: "started", created: false, seat: undefined, book };
  }
  // Another operator may have taken over what was lost.
  const mayTakeOver = isLost && !isBound;
  if ((record.instanceId !== start.instanceId && !mayTakeOver) || record.client.id !== start.client.id)
    return { kind: "conflict" };
  if (record.state === "ended") return { kind: "over" };
  // A lost session is not over: it runs, as this start says.
  const known = { ...record, instanceId: start.instanceId };
  const now = isLost
    ? ((await reviveByStart(deps, { lost: record, known, license }, moment, moves)) ?? record)
    : record;
  const denied = await deniedAgain(started, now);
  if (denied !== undefined) return denied;
  const { seatId } = now;
  const item = seatId === undefined ? undefined : await deps.table.get(seatKey(book.id, seatId), { consistent: true });
  return { kind: "started", created: false, seat: item && seatFrom(item), book };
};

// Noted again: the function that recorded the denial may not have come to this.
const deniedAgain = async (
  started: Started,
  record: SessionRecord | undefined,
): Promise<(StartOutcome & { kind: "denied" }) | undefined> => {
  if (record?.deniedCode === undefined) return undefined;
  await noteDenial(started);
  return { kind: "denied", code: record.deniedCode as ProblemCode };
};

import { operatorKey, sessionKey } from "../contract/keys.ts";
import { leaseRefusal } from "../licensing/lease.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { allowsOverage } from "../licensing/policy.ts";
import { isReplaced } from "../licensing/seen.ts";
import { forgetDenied, readDenied } from "../operators/denied-set.ts";
import { sameLiveSet } from "../operators/live-set.ts";
import type { Operator } from "../operators/operator.ts";
import { usableSeat } from "../seats/admit.ts";
import { type Book, bookName, isLaterBook, seatIdOf } from "../seats/book.ts";
import { areChanged } from "../seats/rules.ts";
import type { Moment } from "../sessions/deps.ts";
import { asRead } from "../sessions/end-decision.ts";
import { onItsOwn } from "../sessions/on-its-own.ts";
import { readRecords } from "../sessions/read-records.ts";
import { isLiveAt, type LiveSession } from "../sessions/record.ts";
import type { StartDeps } from "../sessions/start.ts";
import { inParallel } from "../store/parallel.ts";
import type { Write } from "../store/table.ts";
import { placeOnSeat } from "./place.ts";

const WRITES_AT_ONCE = 8;

export type Judged = {
  /** The sessions that are still live and denied. */
  denied: LiveSession[];
  /** The ids of those whose denial is gone, by this heartbeat or by another request meanwhile. */
  admitted: ReadonlySet<string>;
};

/** The most denied sessions that one heartbeat judges. The next ones judge the others. */
const MOST_JUDGED = 100;

/**
 * Judges an operator's denied sessions anew: one whose user holds a seat by now gets its place on it, and its denial is gone.
 * `deniedNow` are those that this heartbeat denied: another request may have taken a denial back since. Without any, this reads
 * nothing.
 */
export const judgeDenied = async (
  deps: StartDeps,
  operator: Operator,
  deniedNow: readonly string[],
  license: LicenseFile | undefined,
  moment: Moment,
): Promise<Judged> => {
  if (!operator.hasDenied && deniedNow.length === 0) return { denied: [], admitted: new Set() };
  const { instanceId } = operator;
  const ids = [...new Set([...(await readDenied(deps.table, instanceId)), ...deniedNow])];
  const records = await readRecords(deps.table, ids);
  const live = [...records.values()].filter(isLiveAt(operator));
  const denied = live.filter(({ deniedCode }) => deniedCode !== undefined);
  const admittedBefore = live.filter(({ deniedCode }) => deniedCode === undefined).map(({ sessionId }) => sessionId);
  // A free seat changes nothing for a session that a policy refuses.
  const forSeats = denied.filter(({ deniedCode }) => deniedCode !== "PolicyDenied");
  const admitted = await admitEach(deps, operator, forSeats.slice(0, MOST_JUDGED), license, moment);
  const left = denied.filter(({ sessionId }) => !admitted.has(sessionId));
  const leftIds = new Set(left.map(({ sessionId }) => sessionId));
  await inParallel(
    ids.filter((id) => !leftIds.has(id)),
    WRITES_AT_ONCE,
    (id) => forgetDenied(deps.table, instanceId, id),
  );
  if (left.length === 0) await deps.table.write(clearFlag(operator));
  return { denied: left, admitted: new Set([...admitted, ...admittedBefore]) };
};

// A session that came since moves the digest: it may be a denied one.
const clearFlag = (operator: Operator): Write & { kind: "update" } => ({
  kind: "update",
  key: operatorKey(operator.instanceId),
  update: { expression: "REMOVE hasDenied" },
  condition: sameLiveSet(operator),
});

/** Returns the ids of those whose denial is gone. */
const admitEach = async (
  deps: StartDeps,
  operator: Operator,
  sessions: readonly LiveSession[],
  license: LicenseFile | undefined,
  moment: Moment,
): Promise<ReadonlySet<string>> => {
  const admitted = new Set<string>();
  if (sessions.length === 0 || license === undefined || leaseRefusal(license, moment.now) !== undefined)
    return admitted;
  const book = await deps.currentBook(license, moment.now);
  // Nothing goes back into an earlier book.
  if (isLaterBook(operator.book, bookName(book)) || (await isReplaced(deps.table, license, moment.now)))
    return admitted;
  if (await areChanged(deps.table, book.rules)) return admitted;
  const terms = { book, overageAllowed: allowsOverage(license.terms, deps.allowOverages) };
  const each = onItsOwn();
  await inParallel([...sessions], WRITES_AT_ONCE, async (session) => {
    if (deps.pace.now() >= moment.deadline) return;
    if ((await each.run(session.sessionId, () => isAdmitted(deps, session, terms, moment))) === true)
      admitted.add(session.sessionId);
  });
  each.report(deps.log, "denied sessions not judged");
  return admitted;
};

const isAdmitted = async (
  deps: StartDeps,
  session: LiveSession,
  terms: { book: Book; overageAllowed: boolean },
  moment: Moment,
): Promise<boolean> => {
  const { sessionId, client, ci } = session;
  // A machine session needs no seat. It was denied while no license was in force.
  if (ci) {
    const write = {
      kind: "update",
      key: sessionKey(sessionId),
      update: { expression: "REMOVE deniedCode, deniedAt" },
      condition: asRead(session),
    } as const;
    return (await deps.table.write(write)).outcome === "written";
  }
  const seatId = seatIdOf(client, terms.book.trackingMode);
  const seat = await usableSeat(deps, terms, seatId);
  return seat !== undefined && placeOnSeat(deps, [session], seat, terms.book, moment);
};

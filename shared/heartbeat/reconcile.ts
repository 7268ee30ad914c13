import { liveList, operatorKey } from "../contract/keys.ts";
import { type EpochMs, formatTime, HOUR_MS, MINUTE_MS } from "../contract/time.ts";
import type { LicenseFile } from "../licensing/license-file.ts";
import { noteDenied, readDenied } from "../operators/denied-set.ts";
import { askMarkedWrite, isAsked } from "../operators/kill-request.ts";
import { applyMoves, digestOf, type LiveMoves, liveKindsOf, recordMove } from "../operators/live-set.ts";
import { isSilent, MAX_UNLISTED, type Operator, operatorFrom } from "../operators/operator.ts";
import { commitCounting } from "../sessions/commit.ts";
import type { Moment, SessionDeps } from "../sessions/deps.ts";
import { asReadWith } from "../sessions/end-decision.ts";
import { isOver } from "../sessions/ended-sessions.ts";
import { lostPlan } from "../sessions/lost.ts";
import { onItsOwn } from "../sessions/on-its-own.ts";
import { readRecords } from "../sessions/read-records.ts";
import {
  isLiveAt,
  type LiveSession,
  type OverSession,
  type SessionRecord,
  sessionItem,
  sessionRecord,
} from "../sessions/record.ts";
import { type ReviveDeps, revive } from "../sessions/revive.ts";
import { noteSeatsSeen } from "../sessions/seats-seen.ts";
import { isMapName } from "../store/map-names.ts";
import type { Expression, Item } from "../store/table.ts";
import { hasPlace } from "./carry-over.ts";
import { neverListed } from "./never-listed.ts";

/** A list made before a session started may leave it out, if the session is younger than this. */
const TOO_YOUNG_MS = 2 * MINUTE_MS;
/** No list takes longer than this to arrive. */
const LIST_UNDER_WAY_MS = HOUR_MS;

/** `denied`: sessions that are live again and have no seat. */
export type Reconciled = { unknown: string[]; conflict: string[]; denied: string[] };

/** The live sessions in an operator's heartbeat. */
export type ListedSessions = {
  listed: ReadonlySet<string>;
  /** When the list was sent, by the operator's clock. */
  sentAt: EpochMs;
  /** Whether a second process with the same id has sessions of its own: then what is not listed may run there. */
  isPartial: boolean;
  /** Whether sessions of other instances stay there, however silent these are. */
  isBound: boolean;
  /** The license in force. */
  license: LicenseFile | undefined;
};

/**
 * Brings the table's live set of an operator and the list in its heartbeat together. A session that is no longer listed
 * ends as lost. A listed session that was lost is revived, and one of a stale instance is adopted. One that is not known
 * here is returned in `unknown`. A partial list ends nothing: what it leaves out is returned in `conflict`.
 * `agrees`: the list's digest is the stored one. Every step is safe to repeat.
 */
export const reconcile = async (
  deps: ReviveDeps,
  operator: Operator,
  list: ListedSessions & { agrees: boolean },
  moment: Moment,
): Promise<Reconciled> => {
  const { instanceId } = operator;
  const items = await deps.table.query({ partition: liveList(instanceId), index: true });
  const shown: LiveSet = new Map(items.map(sessionRecord).map((session) => [session.sessionId, session]));
  const live: LiveSet = new Map([...shown].filter(([id]) => list.listed.has(id)));
  const moves: LiveMoves = new Map();
  const toFind = [...list.listed].filter((id) => !shown.has(id));
  const found = await findListed(deps, { ...list, instanceId }, toFind, live, moment, moves);
  const leftOut = [...shown.keys()].filter((id) => !list.listed.has(id));
  if (list.isPartial) found.conflict.push(...(await keepUnlisted(deps, operator, leftOut, live)));
  const unlisted = list.isPartial ? {} : await giveUpUnlisted(deps, operator, leftOut, live, list, moment);
  // This operator's digest is set from what was found. The moves are those of operators it took sessions from.
  await applyMoves(deps.table, moves);
  await setDigest(deps, operator, live, unlisted, moment.now);
  return found;
};

/** The live sessions of an operator. */
type LiveSet = Map<string, SessionRecord>;

// For sessions that the operator lists and that the index does not show as live.
const findListed = async (
  deps: ReviveDeps,
  { instanceId, isBound, license }: Pick<ListedSessions, "isBound" | "license"> & { instanceId: string },
  ids: readonly string[],
  live: LiveSet,
  moment: Moment,
  moves: LiveMoves,
): Promise<Reconciled> => {
  const records = await readRecords(deps.table, ids);
  // The next heartbeat lists again what is left. With thousands of sessions this one must still be answered in time.
  const isLate = () => deps.pace.now() >= moment.deadline;
  const result: Reconciled = { unknown: [], conflict: [], denied: [] };
  const owners = new Map<string, Operator | undefined>();
  let expected: Promise<unknown> | undefined;
  const expectNewcomers = () => {
    expected ??= noteNewcomers(deps, instanceId, moment.now);
    return expected;
  };
  let killed: Promise<unknown> | undefined;
  const expectKilled = () => {
    killed ??= deps.table.write(askMarkedWrite(instanceId, moment.now));
    return killed;
  };
  const take = async (id: string, record: SessionRecord): Promise<void> => {
    if (isOver(record)) {
      if (record.state !== "lost" || isLate()) return;
      if (isBound && record.instanceId !== instanceId) {
        result.conflict.push(id);
        return;
      }
      await expectNewcomers();
      const revived = await revive(deps, { lost: record, known: { ...record, instanceId }, license }, moment);
      if (revived === undefined) return;
      live.set(id, revived.session);
      if (record.deniedCode === undefined && revived.session.deniedCode !== undefined) result.denied.push(id);
      return;
    }
    const other = record.instanceId;
    if (other === instanceId) {
      live.set(id, record);
      return;
    }
    if (!owners.has(other)) owners.set(other, await readOperator(deps, other));
    const owner = owners.get(other);
    if (isBound || !isSilent(owner, deps.staleMs, moment.now)) {
      result.conflict.push(id);
      return;
    }
    if (isLate()) return;
    await expectNewcomers();
    const asked = record.killAskedAt !== undefined || (owner !== undefined && isAsked(owner.kills, record));
    if (asked) await expectKilled();
    if (!(await adopt(deps, record, instanceId, asked ? moment.now : undefined))) return;
    live.set(id, record);
    recordMove(moves, other, record, -1);
  };
  const each = onItsOwn();
  for (const id of ids) {
    const record = records.get(id);
    if (record === undefined || isUnstarted(record)) result.unknown.push(id);
    else await each.run(id, () => take(id, record));
  }
  each.report(deps.log, "listed sessions not taken over");
  return result;
};

// Only the end of a part of it has come.
const isUnstarted = (record: SessionRecord): boolean => record.placeholder === true && isOver(record);

// Sessions that come from another operator may lack their seat of this period: the next heartbeat carries them over. A
// job that reads the live sessions operator by operator may miss them just now. This is noted before they come, so that
// no failure in between hides it.
const noteNewcomers = ({ table }: SessionDeps, instanceId: string, now: EpochMs): Promise<unknown> =>
  table.write({
    kind: "update",
    key: operatorKey(instanceId),
    update: { expression: "SET newcomersAt = :now REMOVE book", values: { ":now": formatTime(now) } },
  });

// If the earlier operator was asked to stop the session, the new one is asked, too.
const adopt = async (
  deps: SessionDeps,
  record: LiveSession,
  instanceId: string,
  killAskedAt: EpochMs | undefined,
): Promise<boolean> => {
  const mark = killAskedAt === undefined ? {} : { killAskedAt: formatTime(killAskedAt) };
  const adopted = { ...record, instanceId, ...mark };
  const item = sessionItem(adopted, deps.retentionDays);
  const outcome = await deps.table.write({ kind: "put", item, condition: asMarked(record) });
  return outcome.outcome === "written";
};

// A request that came since must not be overwritten.
const asMarked = (record: LiveSession): Expression => asReadWith(record, "killAskedAt");

const readOperator = async ({ table }: SessionDeps, instanceId: string): Promise<Operator | undefined> => {
  const item = await table.get(operatorKey(instanceId), { consistent: true });
  return item && operatorFrom(item);
};

// Those that are still live run at the other process with the same id, and stay.
const keepUnlisted = async (
  deps: SessionDeps,
  operator: Operator,
  ids: readonly string[],
  live: LiveSet,
): Promise<string[]> => {
  const kept = [...(await readRecords(deps.table, ids)).values()].filter(isLiveAt(operator));
  for (const record of kept) live.set(record.sessionId, record);
  return kept.map(({ sessionId }) => sessionId);
};

// For sessions that the index shows as live and the operator no longer lists: they ended after the last heartbeat that
// listed them.
const giveUpUnlisted = async (
  deps: SessionDeps,
  operator: Operator,
  ids: readonly string[],
  live: LiveSet,
  { sentAt, agrees }: { sentAt: EpochMs; agrees: boolean },
  { now, deadline }: Moment,
): Promise<Record<string, EpochMs>> => {
  const unlisted: Record<string, EpochMs> = {};
  const lost: OverSession[] = [];
  const each = onItsOwn();
  const isLive = isLiveAt(operator);
  const leftOut = [...(await readRecords(deps.table, ids)).values()].filter(isLive);
  const known = [...live].flatMap(([id, record]) => (isLive(record) ? [id] : []));
  const leftOutIds = leftOut.map(({ sessionId }) => sessionId);
  const never = agrees ? new Set(leftOutIds) : neverListed(operator.digest, known, leftOutIds);
  for (const record of leftOut) {
    const id = record.sessionId;
    const lastListed =
      operator.unlisted[id] ?? (never.has(id) ? undefined : operator.previouslyListedAt) ?? record.startedAt;
    // Both by the operator's clock, which may be far off, or may have been set back in between.
    const cameLater = record.createdAt > now - LIST_UNDER_WAY_MS && record.startedAt - record.shiftMs >= sentAt;
    const tooYoung = record.createdAt > now - TOO_YOUNG_MS || cameLater;
    const plan = lostPlan(record, lastListed, deps.retentionDays);
    if (!tooYoung && deps.pace.now() < deadline && (await each.run(id, () => commitCounting(deps, [plan])))) {
      // A seat that was given back was noted as seen in the same transaction.
      if (plan.givesBack === undefined) lost.push(plan.record);
      continue;
    }
    live.set(id, record);
    if (Object.keys(unlisted).length < MAX_UNLISTED && isMapName(id)) unlisted[id] = lastListed;
  }
  each.report(deps.log, "unlisted sessions not ended");
  await noteSeatsSeen(deps, lost, now);
  return unlisted;
};

const setDigest = async (
  deps: SessionDeps,
  operator: Operator,
  live: LiveSet,
  unlisted: Record<string, EpochMs>,
  now: EpochMs,
): Promise<void> => {
  const { count, sum } = digestOf(live.keys());
  const sessions = [...live.values()];
  const { ci, previews } = liveKindsOf(sessions);
  const { book } = operator;
  const hasDenied = await noteMissedDenials(deps, operator, sessions, now);
  const keepsBook = book !== undefined && sessions.every((session) => hasPlace(session, book, operator));
  const values: Item = {
    ":count": count,
    ":sum": sum,
    ":ci": ci,
    ":previews": previews,
    ":now": formatTime(now),
    ":unlisted": unlisted,
  };
  await deps.table.write({
    kind: "update",
    key: operatorKey(operator.instanceId),
    update: {
      expression: [
        `SET ${hasDenied ? "hasDenied = :yes, " : ""}liveCount = :count, liveSum = :sum, liveCi = :ci, livePreviews = :previews, reconciledAt = :now, unlisted = :unlisted`,
        keepsBook ? "" : "REMOVE book",
      ]
        .join(" ")
        .trim(),
      values: { ...values, ...(hasDenied ? { ":yes": true } : {}) },
    },
    condition: keepsBook ? withSameBook(operator) : asNoted(operator),
  });
};

// A denied session that came from another operator, or that a killed function left out.
const noteMissedDenials = async (
  { table }: SessionDeps,
  { instanceId, hasDenied }: Operator,
  sessions: readonly SessionRecord[],
  now: EpochMs,
): Promise<boolean> => {
  const denied = sessions.filter(({ deniedCode }) => deniedCode !== undefined);
  if (denied.length === 0) return hasDenied;
  const known = new Set(await readDenied(table, instanceId));
  for (const { sessionId } of denied)
    if (!known.has(sessionId)) await noteDenied(table, { instanceId, sessionId }, now);
  return true;
};

// The operator's `book` is kept only if every session of the new digest has its place in it.
const withSameBook = (operator: Operator): Expression => {
  const { expression, values } = asNoted(operator);
  return {
    expression: `${expression} AND (attribute_not_exists(book) OR book = :seenBook)`,
    values: { ...values, ":seenBook": operator.book },
  };
};

// If the digest has moved, sessions started or ended meanwhile. If a later heartbeat was noted, this list is history.
// The next heartbeat reconciles again.
const asNoted = ({ digest, hasDigest, seq }: Operator): Expression => {
  const unmoved = hasDigest
    ? {
        expression: "liveCount = :seenCount AND liveSum = :seenSum",
        values: { ":seenCount": digest.count, ":seenSum": digest.sum },
      }
    : { expression: "attribute_not_exists(liveCount)", values: {} };
  if (seq === undefined) return unmoved;
  return { expression: `${unmoved.expression} AND seq = :seq`, values: { ...unmoved.values, ":seq": seq } };
};

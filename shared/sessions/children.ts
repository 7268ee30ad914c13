import { sessionKey } from "../contract/keys.ts";
import { type LiveMoves, recordKindChange, recordTally } from "../operators/live-set.ts";
import { createdTally } from "../operators/totals.ts";
import { retrying } from "../store/retry.ts";
import type { Write } from "../store/table.ts";
import { commitCounting } from "./commit.ts";
import type { Moment, SessionDeps } from "./deps.ts";
import { asRead, asReadWith, decideEnd, type EndOutcome } from "./end-decision.ts";
import { countedSession } from "./ended-sessions.ts";
import type { SessionEnd } from "./events.ts";
import { becomesCi, isKnown, learned, type Part } from "./parts.ts";
import {
  countedHow,
  durationSeconds,
  kindOfSession,
  type LiveSession,
  type OverSession,
  type SessionRecord,
  type SessionStart,
  sessionItem,
  sessionRecord,
} from "./record.ts";

/**
 * Gives a multi-cluster session what one of its parts makes known. The part has no record, seat or usage of its own. A part
 * that is CI makes the session CI: it needs no seat, and gives back one that only it has used. `unknown`: no start of the
 * session has come yet. Throws `StoreUnavailable`.
 */
export const enrichParent = (
  deps: SessionDeps,
  parentId: string,
  part: Part,
  moment: Moment,
  moves: LiveMoves,
): Promise<"enriched" | "unknown"> => {
  let again = false;
  return retrying(deps.pace, moment.deadline, async () => {
    const item = await deps.table.get(sessionKey(parentId), { consistent: true });
    const parent = item && sessionRecord(item);
    if (parent === undefined || parent.placeholder === true) return "unknown";
    if (isKnown(parent, part)) return "enriched";
    const turnsCi = becomesCi(parent, part);
    const givenBack = turnsCi
      ? await (await import("#seat-pools")).giveBackWrites(deps, parent, moment.now, { again })
      : [];
    again = true;
    if (parent.state !== "live") return (await correctParent(deps, parent, part, givenBack)) ? "enriched" : undefined;
    const { outcome } = await deps.table.transact([liveParentWrite(parent, part), ...givenBack]);
    if (outcome !== "committed") return undefined;
    if (turnsCi) recordKindChange(moves, parent.instanceId, parent, { ci: true, kind: "ci" });
    return "enriched";
  });
};

/**
 * The end of a part. If no start of its session has come, the session is put as lost with the part's times, until its start
 * or its end comes.
 */
export const endPart = async (
  deps: SessionDeps,
  end: SessionEnd,
  part: SessionStart & { parentId: string },
  moment: Moment,
  moves: LiveMoves,
): Promise<EndOutcome> => {
  const { parentId } = part;
  return retrying(deps.pace, moment.deadline, async () => {
    const item = await deps.table.get(sessionKey(parentId), { consistent: true });
    const parent = item && sessionRecord(item);
    if (parent !== undefined && parent.placeholder !== true) {
      await enrichParent(deps, parentId, part, moment, moves);
      return ended(end, part);
    }
    const whole = { ...part, sessionId: parentId, parentId: undefined, placeholder: true } as const;
    const plan = decideEnd({ ...end, sessionId: parentId, start: whole, inferred: true }, undefined, 0, moment, deps);
    if (plan.kind !== "write") return plan;
    if (parent === undefined) {
      if (!(await commitCounting(deps, [plan]))) return undefined;
      recordTally(moves, part.instanceId, createdTally(kindOfSession(part)));
    } else if (parent.state !== "live" && !(await widen(deps, parent, plan.record))) return undefined;
    return ended(end, part);
  });
};

const ended = ({ sessionId, endedAt }: SessionEnd, { startedAt }: SessionStart): EndOutcome => ({
  kind: "ended",
  sessionId,
  seconds: durationSeconds(startedAt, endedAt),
});

// The place that it was read with: another function may just give it one.
const liveParentWrite = (parent: LiveSession, part: Part): Write => {
  const fields = Object.entries(learned(parent, part));
  return {
    kind: "update",
    key: sessionKey(parent.sessionId),
    update: {
      expression: [
        `SET ${fields.map((_, place) => `#f${place} = :f${place}`).join(", ")}`,
        becomesCi(parent, part) ? "REMOVE seatId, book, holds, deniedCode, deniedAt" : "",
      ]
        .join(" ")
        .trim(),
      names: Object.fromEntries(fields.map(([field], place) => [`#f${place}`, field])),
      values: Object.fromEntries(fields.map(([, value], place) => [`:f${place}`, value])),
    },
    condition: asReadWith(parent, "seatId"),
  };
};

// It is counted by its kind, so its usage moves.
const correctParent = (
  deps: SessionDeps,
  parent: OverSession,
  part: Part,
  givenBack: readonly Write[],
): Promise<boolean> => {
  const learnt: OverSession = { ...parent, ...learned(parent, part) };
  const place = { seatId: undefined, book: undefined, deniedCode: undefined, deniedAt: undefined };
  const after = becomesCi(parent, part) ? { ...learnt, ...place } : learnt;
  return replace(deps, parent, { ...after, ...countedHow(after) }, givenBack);
};

// Several parts have ended: the whole ran from the first start to the last end.
const widen = async (deps: SessionDeps, parent: OverSession, other: OverSession): Promise<boolean> => {
  const startedAt = Math.min(parent.startedAt, other.startedAt);
  const endedAt = Math.max(parent.endedAt, other.endedAt);
  if (startedAt === parent.startedAt && endedAt === parent.endedAt && isKnown(parent, other)) return true;
  const after = {
    ...parent,
    ...learned(parent, other),
    startedAt,
    endedAt,
    seconds: durationSeconds(startedAt, endedAt),
  };
  return replace(deps, parent, { ...after, ...countedHow(after) }, []);
};

const replace = (
  deps: SessionDeps,
  before: OverSession,
  after: OverSession & SessionRecord,
  others: readonly Write[],
): Promise<boolean> =>
  commitCounting(
    deps,
    [
      {
        write: { kind: "put", item: sessionItem(after, deps.retentionDays), condition: asRead(before) },
        added: countedSession(after),
        removed: countedSession(before),
      },
    ],
    others,
  );

import { operatorKey, sessionKey } from "../contract/keys.ts";
import { type LiveMoves, NO_BOOK, recordMove } from "../operators/live-set.ts";
import { MAX_UNLISTED, unlistedIn } from "../operators/operator.ts";
import { isMapName } from "../store/map-names.ts";
import { retrying } from "../store/retry.ts";
import { commitCounting } from "./commit.ts";
import type { Moment, SessionDeps } from "./deps.ts";
import { revivalPlan } from "./lost.ts";
import { type OverSession, type SessionRecord, sessionRecord } from "./record.ts";

/**
 * Makes a lost session live again because its start was reported: `known` is what is known of it now. Its usage is
 * withdrawn. If it turns out to be gone all the same, it ends when it was lost, not later. Does nothing if it is no longer
 * as it was read. Throws `StoreUnavailable`.
 */
export const reviveByStart = async (
  deps: SessionDeps,
  { lost, known }: { lost: OverSession; known: SessionRecord },
  moment: Moment,
  moves: LiveMoves,
): Promise<void> => {
  const { sessionId } = lost;
  let seen = lost;
  // Before it is live: the next list may leave it out.
  await noteUnlisted(deps, known.instanceId, lost, moment);
  const revived = await retrying(deps.pace, moment.deadline, async () => {
    const plan = revivalPlan(seen, known, deps.retentionDays);
    if (await commitCounting(deps, [plan])) return plan.record;
    const item = await deps.table.get(sessionKey(sessionId), { consistent: true });
    const record = item && sessionRecord(item);
    if (record?.state !== "lost") return "changed";
    seen = record;
    return undefined;
  });
  if (revived === "changed") return;
  // One without a place in a book gets it from the next heartbeat, and so does one of an earlier book.
  recordMove(moves, revived.instanceId, revived, 1, revived.ci ? undefined : (revived.book ?? NO_BOOK));
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

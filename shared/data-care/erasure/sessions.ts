import { type CommitDeps, type Counting, tryCounting } from "../../sessions/commit.ts";
import { asRead } from "../../sessions/end-decision.ts";
import { countedSession, isOver } from "../../sessions/ended-sessions.ts";
import { groupsOf } from "../../sessions/groups.ts";
import { type SessionClient, sessionRecord } from "../../sessions/record.ts";
import { type Pace, retrying } from "../../store/retry.ts";
import { type Item, StoreUnavailable, type Table } from "../../store/table.ts";
import type { Disguise } from "./person.ts";

const PATIENCE_MS = 15_000;

/**
 * Disguises ended sessions, each in one transaction with the rollups it counts in: it leaves its row and comes into the
 * pseudonym's. Gives how many it did; the others are to be read and tried again. Those of before `horizon`, whose
 * neighbours may be gone already, are disguised alone.
 */
export const eraseSessions = async (
  deps: CommitDeps & { pace: Pace },
  items: readonly Item[],
  disguise: Disguise,
  horizon: number,
): Promise<number> => {
  const countings: Counting[] = [];
  let done = 0;
  for (const item of items) {
    const counting = disguisedSession(item, disguise);
    if (counting?.removed === undefined) continue;
    if (counting.removed.endedAt >= horizon) countings.push(counting);
    else if (await writeAlone(deps.table, counting)) done += 1;
  }
  for (const group of groupsOf(countings)) if (await commitGroup(deps, group)) done += group.length;
  return done;
};

// Beside the identifiers goes what people wrote themselves: it may name anybody.
const disguisedSession = (item: Item, disguise: Disguise): Counting | undefined => {
  const before = sessionRecord(item);
  if (!isOver(before)) return undefined;
  const { key: _key, branch: _branch, ...kept } = item;
  const { name: _name, ...client } = before.client;
  const disguised: SessionClient = {
    ...client,
    id: disguise.field("machineId", client.id),
    kubernetesUsername: disguise.field("kubernetesUsername", client.kubernetesUsername),
    username: disguise.field("clientUsername", client.username),
    hostname: disguise.field("clientHostname", client.hostname),
  };
  const seat = before.seatId === undefined ? {} : { seatId: disguise.seatId(before.seatId, before.startedAt) };
  const { pk, sk } = item as { pk: string; sk: string };
  return {
    write: {
      kind: "put",
      item: { ...kept, pk, sk, client: disguised, lockedPorts: [], ...seat },
      condition: asRead(before),
    },
    added: countedSession({ ...before, client: disguised }),
    removed: countedSession(before),
  };
};

const writeAlone = async (table: Table, { write }: Counting): Promise<boolean> =>
  write.kind !== "check" && (await table.write(write)).outcome === "written";

const commitGroup = async (deps: CommitDeps & { pace: Pace }, group: readonly Counting[]): Promise<boolean> => {
  try {
    return await retrying(deps.pace, deps.pace.now() + PATIENCE_MS, async () => {
      const outcome = await tryCounting(deps, group);
      return outcome === "contended" ? undefined : outcome === "committed";
    });
  } catch (error) {
    // It was contention, or the rows do not fit the sessions; an outage shows at the next read.
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
};

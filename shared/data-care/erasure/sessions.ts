import { type CommitDeps, type Counting, tryCounting } from "../../sessions/commit.ts";
import { asRead } from "../../sessions/end-decision.ts";
import { countedSession, isOver } from "../../sessions/ended-sessions.ts";
import { groupsOf } from "../../sessions/groups.ts";
import { type SessionClient, sessionRecord } from "../../sessions/record.ts";
import { type Pace, retrying } from "../../store/retry.ts";
import { type Item, StoreUnavailable, type Table } from "../../store/table.ts";
import { withoutTrigger } from "../../usage/combinations.ts";
import type { Pseudonyms } from "./person.ts";

const PATIENCE_MS = 15_000;

/**
 * Replaces the names in ended sessions, each in one transaction with its rollups: it leaves its row and is added to the
 * pseudonym's. Returns how many were done; the others are read and tried again. Sessions before `horizon` are changed
 * alone, since others of their rows may be deleted already.
 */
export const eraseSessions = async (
  deps: CommitDeps & { pace: Pace },
  items: readonly Item[],
  pseudonyms: Pseudonyms,
  horizon: number,
): Promise<number> => {
  const countings: Counting[] = [];
  let done = 0;
  for (const item of items) {
    const counting = withoutNames(item, pseudonyms);
    if (counting?.removed === undefined) continue;
    if (counting.removed.endedAt >= horizon) countings.push(counting);
    else if (await writeAlone(deps.table, counting)) done += 1;
  }
  for (const group of groupsOf(countings)) if (await commitGroup(deps, group)) done += group.length;
  return done;
};

// Free text that people wrote is removed as well: it may name anybody.
const withoutNames = (item: Item, pseudonyms: Pseudonyms): Counting | undefined => {
  const before = sessionRecord(item);
  if (!isOver(before)) return undefined;
  const {
    key: _key,
    branch: _branch,
    headerFilter: _filter,
    targetLabels: _labels,
    policyFacts: _facts,
    ...kept
  } = item;
  const { triggeredBy: _by, ...ciInfo } = before.ciInfo ?? {};
  const run = before.countedAs && { countedAs: withoutTrigger(before.countedAs) };
  const { name: _name, ...client } = before.client;
  const replaced: SessionClient = {
    ...client,
    id: pseudonyms.field("machineId", client.id),
    kubernetesUsername: pseudonyms.field("kubernetesUsername", client.kubernetesUsername),
    username: pseudonyms.field("clientUsername", client.username),
    hostname: pseudonyms.field("clientHostname", client.hostname),
  };
  const seat = before.seatId === undefined ? {} : { seatId: pseudonyms.seatId(before.seatId, before.startedAt) };
  const { pk, sk } = item as { pk: string; sk: string };
  return {
    write: {
      kind: "put",
      item: {
        ...kept,
        ...{ pk, sk, client: replaced, lockedPorts: [] },
        ...(before.ciInfo === undefined ? {} : { ciInfo }),
        ...run,
        ...seat,
      },
      condition: asRead(before),
    },
    added: countedSession({ ...before, ...run, client: replaced }),
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
    // It was contention, or the rows do not match the sessions. An outage shows at the next read.
    if (error instanceof StoreUnavailable) return false;
    throw error;
  }
};

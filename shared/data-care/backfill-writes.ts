import { MINUTE_MS } from "../contract/time.ts";
import { type CommitDeps, tryCounting } from "../sessions/commit.ts";
import type { EndPlan } from "../sessions/end-decision.ts";
import { packed, rowsOf } from "../sessions/groups.ts";
import { readRecords } from "../sessions/read-records.ts";
import type { SessionRecord } from "../sessions/record.ts";
import { inParallel } from "../store/parallel.ts";
import { type Pace, retrying } from "../store/retry.ts";
import { StoreUnavailable } from "../store/table.ts";
import { rollupHash, shardFor } from "../usage/counted.ts";

/** A session to import, with its plan for any shard. */
export type Importable = { plan: EndPlan; inShard: (shard: number) => EndPlan };

export type ImportEvents<T> = {
  imported: (count: number) => void;
  /** One that exists by now, though it did not when it was planned. */
  met: (session: T, found: SessionRecord) => void;
};

const LANES = 8;
const PATIENCE_MS = MINUTE_MS;

/**
 * Writes ended sessions with their rollups, several transactions in parallel. Sessions of one rollup identity are
 * written one after the other, so parallel transactions never write to the same row.
 */
export const importSessions = async <T extends Importable>(
  deps: CommitDeps & { pace: Pace },
  sessions: readonly T[],
  events: ImportEvents<T>,
): Promise<void> => {
  const lanes = lanesOf(sessions);
  const failures: unknown[] = [];
  await inParallel(lanes, LANES, async (groups) => {
    for (const group of groups) {
      // The other lanes finish their current group and stop.
      if (failures.length > 0) return;
      await importGroup(deps, group, events).catch((error: unknown) => failures.push(error));
    }
  });
  if (failures.length > 0) throw failures[0];
};

// By identity, then by day: a group then shares its month rows and writes few day rows.
const lanesOf = <T extends Importable>(sessions: readonly T[]): T[][][] => {
  const sorted = sessions
    .map((session) => {
      const hash = rollupHash(session.plan.added.identity);
      return { plan: session, hash, at: session.plan.added.endedAt, names: rowsOf(session.plan) };
    })
    .sort((one, other) => (one.hash === other.hash ? one.at - other.at : one.hash < other.hash ? -1 : 1));
  const byLane = Map.groupBy(sorted, ({ hash }) => hash.charCodeAt(0) % LANES);
  return [...byLane.values()].map((lane) => packed(lane));
};

const importGroup = async <T extends Importable>(
  deps: CommitDeps & { pace: Pace },
  group: readonly T[],
  events: ImportEvents<T>,
): Promise<void> => {
  let open = group;
  await retrying(deps.pace, deps.pace.now() + PATIENCE_MS, async (attempt) => {
    if (open.length === 0) return true;
    const shard = shardFor(attempt, deps.pace.random);
    const outcome = await commit(
      deps,
      open.map((session) => (shard === 0 ? session.plan : session.inShard(shard))),
    );
    if (outcome === "committed") {
      events.imported(open.length);
      return true;
    }
    // Someone else imported one of them, or an earlier try did and its answer was lost.
    if (outcome === "refused") open = await withoutExisting(deps, open, events);
    return undefined;
  });
};

// An outage ends nothing before the time is over: a throttled table accepts more a little later.
const commit = async (deps: CommitDeps, plans: readonly EndPlan[]) => {
  try {
    return await tryCounting(deps, plans);
  } catch (error) {
    if (error instanceof StoreUnavailable) return "refused";
    throw error;
  }
};

const withoutExisting = async <T extends Importable>(
  deps: CommitDeps,
  group: readonly T[],
  events: ImportEvents<T>,
): Promise<T[]> => {
  const stored = await readRecords(
    deps.table,
    group.map(({ plan }) => plan.record.sessionId),
  );
  return group.filter((session) => {
    const found = stored.get(session.plan.record.sessionId);
    if (found !== undefined) events.met(session, found);
    return found === undefined;
  });
};

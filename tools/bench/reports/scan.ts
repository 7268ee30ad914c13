import { endedList } from "../../../shared/contract/keys.ts";
import { DAY_MS, dayOf } from "../../../shared/contract/time.ts";
import { countedSession, isOver } from "../../../shared/sessions/ended-sessions.ts";
import { sessionRecord } from "../../../shared/sessions/record.ts";
import type { Item, Table } from "../../../shared/store/table.ts";
import type { CountedSession } from "../../../shared/usage/counted.ts";
import type { UsageRow } from "../../../shared/usage/row.ts";

export type Scanned = {
  rows: Iterable<UsageRow>;
  allTime: { sessions: number; seconds: number; ciSessions: number; previewSessions: number };
};

/**
 * What a server without rollups would do: read all sessions, and sum up those that ended in `from <= t < to`. Page by page
 * through the index, from the day that usage begins to today. A `Scan` reads the same, but the embedded engine takes longer
 * for each of its pages the larger the table is, as DynamoDB does not: that would make rollups look better than they are.
 */
export const scanSessions = async (
  table: Table,
  { from, to, since, now }: { from: number; to: number; since: number; now: number },
): Promise<Scanned> => {
  const rows = new Map<string, UsageRow>();
  const allTime = { sessions: 0, seconds: 0, ciSessions: 0, previewSessions: 0 };
  for (let day = since; day <= now; day += DAY_MS)
    for await (const session of sessionsOf(table, dayOf(day))) {
      const { identity, seconds, startedAt, endedAt } = session;
      if (identity.ci) allTime.ciSessions += 1;
      else {
        allTime.sessions += 1;
        allTime.seconds += seconds;
      }
      if (endedAt >= from && endedAt < to)
        addTo(rows, { ...identity, sessions: 1, seconds, firstStart: startedAt, lastEnd: endedAt });
    }
  return { rows: rows.values(), allTime };
};

async function* sessionsOf(table: Table, day: string): AsyncGenerator<CountedSession> {
  let startKey: Item | undefined;
  do {
    const page = await table.queryPage({ partition: endedList(day), index: true, startKey });
    yield* page.items.map(sessionRecord).filter(isOver).map(countedSession);
    startKey = page.next;
  } while (startKey !== undefined);
}

const addTo = (rows: Map<string, UsageRow>, one: UsageRow): void => {
  const key = [one.machineId, one.namespace, one.targetKind, one.targetName, one.ci].join(" ");
  const row = rows.get(key);
  if (row === undefined) {
    rows.set(key, one);
    return;
  }
  row.sessions += one.sessions;
  row.seconds += one.seconds;
  row.firstStart = Math.min(row.firstStart, one.firstStart);
  row.lastEnd = Math.max(row.lastEnd, one.lastEnd);
};

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { TABLE } from "../../../shared/contract/keys.ts";
import { countedSession, isOver } from "../../../shared/sessions/ended-sessions.ts";
import { sessionRecord } from "../../../shared/sessions/record.ts";
import type { UsageRow } from "../../../shared/usage/row.ts";

export type Scanned = {
  rows: Iterable<UsageRow>;
  allTime: { sessions: number; seconds: number; ciSessions: number };
  readUnits: number;
};

/** What a server without rollups would do: read all sessions, and sum up those that ended in `from <= t < to`. */
export const scanSessions = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  { from, to }: { from: number; to: number },
): Promise<Scanned> => {
  const rows = new Map<string, UsageRow>();
  const allTime = { sessions: 0, seconds: 0, ciSessions: 0 };
  let readUnits = 0;
  let startKey: Record<string, unknown> | undefined;
  do {
    // The index holds sessions, and next to nothing else.
    const page = await client.send(
      new ScanCommand({
        TableName: tableName,
        IndexName: TABLE.index.name,
        ReturnConsumedCapacity: "TOTAL",
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      }),
    );
    readUnits += page.ConsumedCapacity?.CapacityUnits ?? 0;
    for (const session of (page.Items ?? []).filter(isSession).map(sessionRecord).filter(isOver).map(countedSession)) {
      const { identity, seconds, startedAt, endedAt } = session;
      if (identity.ci) allTime.ciSessions += 1;
      else {
        allTime.sessions += 1;
        allTime.seconds += seconds;
      }
      if (endedAt >= from && endedAt < to)
        addTo(rows, { ...identity, sessions: 1, seconds, firstStart: startedAt, lastEnd: endedAt });
    }
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return { rows: rows.values(), allTime, readUnits };
};

const isSession = (item: Record<string, unknown>): boolean => item["sk"] === "SESSION";

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

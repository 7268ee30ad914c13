import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { UsageRow } from "../../../shared/usage/row.ts";
import type { PastSession } from "./history.ts";

/** The same sessions in SQLite, one row each, indexed by their end: what a server with a relational database would have. */
export type SessionDatabase = { add(session: PastSession): void; close(): void };

export const createSessionDatabase = (path: string): SessionDatabase => {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    CREATE TABLE sessions (session_id TEXT PRIMARY KEY, machine_id TEXT NOT NULL, kubernetes_username TEXT NOT NULL,
      client_username TEXT NOT NULL, client_hostname TEXT NOT NULL, namespace TEXT NOT NULL, kind TEXT NOT NULL,
      name TEXT NOT NULL, ci INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,
      seconds INTEGER NOT NULL);
    CREATE INDEX by_end ON sessions (ended_at);
    BEGIN;`);
  const insert = database.prepare("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  return {
    add: (session) => insertInto(insert, session),
    close() {
      database.exec("COMMIT; ANALYZE;");
      database.close();
    },
  };
};

const insertInto = (insert: StatementSync, { event, endedAt }: PastSession): void => {
  const { start } = event;
  if (start?.client === undefined) throw new TypeError(`${event.session_id} has no start with a client`);
  const { client, target } = start;
  const startedAt = Date.parse(start.started_at);
  const who = [client.id, client.kubernetes_username, client.username, client.hostname];
  const what = [target.namespace, target.kind, target.name, start.ci === true ? 1 : 0];
  insert.run(event.session_id, ...who, ...what, startedAt, endedAt, Math.floor((endedAt - startedAt) / 1_000));
};

type Grouped = {
  machineId: string;
  namespace: string;
  targetKind: string;
  targetName: string;
  ci: number;
  sessions: number;
  seconds: number;
  firstStart: number;
  lastEnd: number;
};

/** What ended in `from <= t < to` by machine and target, and what ended ever: two `GROUP BY`. */
export const readDatabase = (path: string, { from, to }: { from: number; to: number }) => {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      `SELECT machine_id machineId, namespace, kind targetKind, name targetName, ci, count(*) sessions,
         sum(seconds) seconds, min(started_at) firstStart, max(ended_at) lastEnd
       FROM sessions WHERE ended_at >= ? AND ended_at < ? GROUP BY machine_id, namespace, kind, name, ci`,
    )
    .all(from, to) as Grouped[];
  const ever = database
    .prepare("SELECT ci, count(*) sessions, sum(seconds) seconds FROM sessions GROUP BY ci")
    .all() as Pick<Grouped, "ci" | "sessions" | "seconds">[];
  database.close();
  const people = ever.find(({ ci }) => ci === 0);
  return {
    rows: rows.map(
      (row): UsageRow => ({
        ...row,
        ci: row.ci === 1,
        kubernetesUsername: "",
        clientUsername: "",
        clientHostname: "",
      }),
    ),
    allTime: {
      sessions: people?.sessions ?? 0,
      seconds: people?.seconds ?? 0,
      ciSessions: ever.find(({ ci }) => ci === 1)?.sessions ?? 0,
      previewSessions: 0,
    },
  };
};

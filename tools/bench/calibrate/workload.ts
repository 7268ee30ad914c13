import { createHash, generateKeyPairSync, sign, verify } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync, gzipSync } from "node:zlib";

/** A kind of work that tests do much of, always the same amount of it. */
export type Work = { readonly name: string; readonly run: () => void };

const times = (count: number, work: (number: number) => void): void => {
  for (let number = 0; number < count; number += 1) work(number);
};

const SESSIONS = Array.from({ length: 2_000 }, (_, number) => ({
  session_id: `session-${number}`,
  client: { id: `SHA256:${"x".repeat(40)}${number}`, hostname: `host-${number % 50}`, username: `user-${number % 50}` },
  target: { namespace: "shop", kind: "deployment", name: `target-${number % 20}` },
  started_at: "2026-11-10T12:00:00.000Z",
  seconds: (number * 7_919) % 3_600,
}));
const TEXT = JSON.stringify(SESSIONS);

const json: Work = { name: "JSON", run: () => times(120, () => void JSON.stringify(JSON.parse(TEXT))) };

const objects: Work = {
  name: "objects and sorting",
  run: () =>
    times(2_000, (round) => {
      const users = Map.groupBy(SESSIONS, ({ client }) => `${client.username}-${round % 3}`);
      const sums = [...users].map(([user, all]) => ({ user, sum: all.reduce((sum, { seconds }) => sum + seconds, 0) }));
      sums.sort((one, other) => one.user.localeCompare(other.user) || one.sum - other.sum);
      SESSIONS.toSorted((one, other) => (one.session_id < other.session_id ? -1 : 1));
    }),
};

const hashing: Work = {
  name: "hashing and gzip",
  run: () =>
    times(40, () => {
      createHash("sha256").update(TEXT.repeat(10)).digest();
      gunzipSync(gzipSync(TEXT));
    }),
};

const signatures: Work = {
  name: "signatures",
  run: () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const token = Buffer.from(TEXT.slice(0, 400));
    times(4_000, () => void verify(null, token, publicKey, sign(null, token, privateKey)));
  },
};

const database: Work = {
  name: "SQLite",
  run: () => {
    const engine = new DatabaseSync(":memory:");
    engine.exec("CREATE TABLE items (pk TEXT, sk TEXT, item TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID");
    const put = engine.prepare("INSERT OR REPLACE INTO items VALUES (?, ?, ?)");
    const query = engine.prepare("SELECT item FROM items WHERE pk = ? AND sk > ? ORDER BY sk LIMIT 20");
    times(60_000, (number) => {
      put.run(`pk-${number % 200}`, `sk-${number}`, TEXT.slice(0, 300));
      if (number % 2 === 0) query.all(`pk-${number % 200}`, `sk-${number % 1_000}`);
    });
    engine.close();
  },
};

export const WORKLOAD: readonly Work[] = [json, objects, hashing, signatures, database];

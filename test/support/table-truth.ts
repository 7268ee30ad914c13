import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { App } from "./app.ts";
import { storedItems } from "./stored.ts";

type Raw = Record<string, unknown> & { pk: string; sk: string };

/** Asserts what must hold of the table at every moment at which no request is under way. */
export const expectSoundTable = async (app: Pick<App, "client" | "tableName">): Promise<void> => {
  const items = (await storedItems(app)) as Raw[];
  const sessions = items.filter(({ pk }) => pk.startsWith("SESSION#"));
  const ended = sessions.filter(({ state }) => state !== "live");
  expect(rows(items, "DAY#"), "day rollups against the ended sessions").toEqual(
    summed(ended.map((session) => rowOf(session, `DAY#${String(session["endedAt"]).slice(0, 10)}`))),
  );
  expect(rows(items, "MONTH#"), "month rollups against their days").toEqual(
    summed(items.filter(isRowOf("DAY#")).map((row) => ({ ...row, pk: `MONTH#${row.pk.slice(4, 11)}` }))),
  );
  for (const session of sessions) {
    const listed = session["state"] === "live" ? `LIVE#${session["instanceId"]}` : `ENDED#${day(session["endedAt"])}`;
    expect(session["list"], `the list of ${session.pk}`).toBe(listed);
    expect("expiresAt" in session, `that only an ended ${session.pk} expires`).toBe(session["state"] !== "live");
  }
  expect(counters(items), "seat counters against their seats").toEqual(seatsByBook(items));
};

/** The record of a session as it lies in the table. */
export const storedSession = async (app: Pick<App, "client" | "tableName">, id: string): Promise<Raw | undefined> =>
  ((await storedItems(app)) as Raw[]).find(({ pk }) => pk === `SESSION#${id}`);

/** Asserts that an operator's item holds the digest of just these sessions: their number and the sum of a hash of each. */
export const expectDigest = async (
  app: Pick<App, "client" | "tableName">,
  instanceId: string,
  ids: readonly string[],
): Promise<void> => {
  const items = (await storedItems(app)) as Raw[];
  const operator = items.find(({ pk, sk }) => pk === "OPERATORS" && sk === instanceId);
  const hashes = ids.map((id) => Number.parseInt(createHash("sha256").update(id).digest("hex").slice(0, 10), 16));
  expect([operator?.["liveCount"] ?? 0, operator?.["liveSum"] ?? 0], `the digest of ${instanceId}`).toEqual([
    ids.length,
    hashes.reduce((sum, hash) => sum + hash, 0),
  ]);
};

const time = (value: unknown): number => Date.parse(String(value));

const day = (value: unknown): string => String(value).slice(0, 10);

const IDENTITY = [
  "machineId",
  "kubernetesUsername",
  "clientUsername",
  "clientHostname",
  "namespace",
  "targetKind",
  "targetName",
  "ci",
  "kind",
  "provider",
  "pipeline",
  "environment",
  "trigger",
] as const;

// The bounds of the duration buckets, said again.
const MINUTES = [1 / 6, 1 / 3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 45, 60, 120, 240, 480, 1_440];
const BOUNDS = [...MINUTES, 4_320, 10_080].map((minutes) => minutes * 60);
const bucketOf = (seconds: number): number => BOUNDS.filter((bound) => seconds > bound).length;
const OTHER_SUMS = ["denied", ...Array.from({ length: 24 }, (_, place) => `b${place}`)];

type Row = {
  pk: string;
  identity: unknown[];
  shard: string;
  sums: [sessions: number, seconds: number, firstStart: number, lastEnd: number];
  others: number[];
};

const isRowOf =
  (prefix: string) =>
  ({ pk, sk }: Raw): boolean =>
    pk.startsWith(prefix) && sk.startsWith("ROLLUP#");

const rows = (items: readonly Raw[], prefix: string): Row[] => sorted(items.filter(isRowOf(prefix)).map(asRow));

const asRow = (item: Raw): Row => ({
  pk: item.pk,
  identity: IDENTITY.map((field) => item[field]),
  shard: item.sk.split("#")[2] ?? "",
  sums: [Number(item["sessions"]), Number(item["seconds"]), time(item["firstStart"]), time(item["lastEnd"])],
  others: OTHER_SUMS.map((name) => Number(item[name] ?? 0)),
});

// A session as a row of its own, so that sessions and days add up by the same rule.
const rowOf = (session: Raw, pk: string): Raw => {
  const client = session["client"] as Record<string, unknown>;
  const target = session["target"] as Record<string, unknown>;
  return {
    pk,
    sk: `ROLLUP##${session["shard"]}`,
    machineId: client["id"],
    kubernetesUsername: client["kubernetesUsername"],
    clientUsername: client["username"],
    clientHostname: client["hostname"],
    namespace: target["namespace"],
    targetKind: target["kind"],
    targetName: target["name"],
    ci: session["ci"],
    ...runOf(session),
    denied: session["countedDenied"] === true ? 1 : 0,
    sessions: 1,
    seconds: session["seconds"],
    firstStart: session["startedAt"],
    lastEnd: session["endedAt"],
  };
};

// Earlier releases counted a machine session without its kind, its run and its duration bucket.
const runOf = (session: Raw) =>
  session["countedAs"] === undefined
    ? {}
    : {
        ...(session["countedAs"] as object),
        kind: session["kind"] ?? "ci",
        [`b${bucketOf(Number(session["seconds"]))}`]: 1,
      };

const summed = (items: readonly Raw[]): Row[] => {
  const sums = new Map<string, Row>();
  for (const row of items.map(asRow)) {
    const name = nameOf(row);
    const sum = sums.get(name);
    sums.set(name, sum === undefined ? row : merged(sum, row));
  }
  return sorted([...sums.values()]);
};

const merged = (sum: Row, row: Row): Row => ({
  ...sum,
  sums: plus(sum.sums, row.sums),
  others: sum.others.map((other, place) => other + (row.others[place] ?? 0)),
});

const plus = (a: Row["sums"], b: Row["sums"]): Row["sums"] => [
  a[0] + b[0],
  a[1] + b[1],
  Math.min(a[2], b[2]),
  Math.max(a[3], b[3]),
];

const nameOf = ({ pk, identity, shard }: Row): string => JSON.stringify([pk, shard, identity]);

const sorted = (list: Row[]): Row[] => list.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));

const counters = (items: readonly Raw[]): Record<string, number> =>
  Object.fromEntries(
    items
      // Of a book whose seats have all been released, the counter stays.
      .filter(({ pk, sk, claimed }) => pk.startsWith("SEATS#") && sk === "COUNTER" && claimed !== 0)
      .map((item) => [item.pk, Number(item["claimed"])]),
  );

const seatsByBook = (items: readonly Raw[]): Record<string, number> => {
  const books: Record<string, number> = {};
  for (const { pk, sk } of items)
    if (pk.startsWith("SEATS#") && sk.startsWith("SEAT#")) books[pk] = (books[pk] ?? 0) + 1;
  return books;
};

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import { jobRunKey } from "../../shared/contract/keys.ts";
import { scanOf } from "../../shared/store/scan.ts";
import type { Item } from "../../shared/store/table.ts";
import type { App } from "./app.ts";
import { writesOf } from "./engine-client.ts";

type Stored = { writes: number | undefined; items: readonly Item[] };
// Most tests look twice at a table that nothing has written to in between.
const lastSeen = new WeakMap<DynamoDBDocumentClient, Stored>();

/** Every item of the server's table, in the order of its keys. Not to be changed. */
export const storedItems = async ({ client, tableName }: Pick<App, "client" | "tableName">): Promise<Item[]> => {
  const writes = writesOf(client);
  const seen = lastSeen.get(client);
  if (seen !== undefined && writes !== undefined && seen.writes === writes) return [...seen.items];
  const items: Item[] = [];
  for await (const page of scanOf(client, tableName)()) items.push(...page);
  items.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  lastSeen.set(client, { writes, items });
  return [...items];
};

/** The items whose partition begins so. */
export const storedUnder = async (app: App, prefix: string): Promise<Item[]> =>
  (await storedItems(app)).filter(({ pk }) => String(pk).startsWith(prefix));

/** Does something that must leave the table exactly as it is. */
export const leavingNoTrace = async <T>(app: App, act: () => Promise<T>): Promise<T> => {
  const before = await storedItems(app);
  const result = await act();
  expect(withoutRuns(await storedItems(app))).toEqual(withoutRuns(before));
  return result;
};

// A job that finds nothing to do notes that it ran.
const withoutRuns = (items: readonly Item[]): Item[] => items.filter(({ pk }) => pk !== jobRunKey("").pk);

const keyOf = ({ pk, sk }: Item): string => `${String(pk)}\0${String(sk)}`;

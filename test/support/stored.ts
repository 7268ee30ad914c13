import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import { jobRunKey } from "../../shared/contract/keys.ts";
import type { Item } from "../../shared/store/table.ts";
import type { App } from "./app.ts";

/** Every item of the server's table, in the order of its keys. */
export const storedItems = async ({ client, tableName }: Pick<App, "client" | "tableName">): Promise<Item[]> => {
  const items: Item[] = [];
  let startKey: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: startKey }),
    );
    items.push(...(page.Items ?? []));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return items.sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
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

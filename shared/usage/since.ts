import { ITEM_VERSION, usageSinceKey } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";

/** Notes a month (`yyyy-mm`) before its usage is counted. Returns the first month that has usage. */
export type NoteMonth = (month: string) => Promise<string>;

/** Nothing is counted before the first month. A report without `from` begins there. */
export const noteMonth = (table: Table): NoteMonth => {
  let known: string | undefined;
  return async (month) => {
    if (known !== undefined && known <= month) return known;
    known = await readUsageSince(table);
    if (known !== undefined && known <= month) return known;
    const outcome = await table.write({
      kind: "update",
      key: usageSinceKey,
      update: { expression: "SET v = :v, sinceMonth = :month", values: { ":v": ITEM_VERSION, ":month": month } },
      condition: { expression: "attribute_not_exists(sinceMonth) OR sinceMonth > :month" },
    });
    known = String((outcome.outcome === "written" ? outcome.item : outcome.found)?.["sinceMonth"] ?? month);
    return known;
  };
};

/** The first month with usage, `yyyy-mm`; undefined if nothing has been counted yet. */
export const readUsageSince = async (table: Table): Promise<string | undefined> => {
  const item = await table.get(usageSinceKey, { consistent: true });
  return item === undefined ? undefined : String(item["sinceMonth"]);
};

import { ITEM_VERSION, usageSinceKey } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";

/** The first month that holds usage: where a report without a beginning begins. */
export type UsageSince = {
  /** To be called before usage of a month (`yyyy-mm`) is counted: nothing is ever counted before the first month. */
  note(month: string): Promise<void>;
};

export const usageSince = (table: Table): UsageSince => {
  let known: string | undefined;
  return {
    async note(month) {
      if (known !== undefined && known <= month) return;
      known = await readUsageSince(table);
      if (known !== undefined && known <= month) return;
      const outcome = await table.write({
        kind: "update",
        key: usageSinceKey,
        update: { expression: "SET v = :v, sinceMonth = :month", values: { ":v": ITEM_VERSION, ":month": month } },
        condition: { expression: "attribute_not_exists(sinceMonth) OR sinceMonth > :month" },
      });
      known = String((outcome.outcome === "written" ? outcome.item : outcome.found)?.["sinceMonth"] ?? month);
    },
  };
};

/** The first month with usage, `yyyy-mm`; undefined where nothing has been counted yet. */
export const readUsageSince = async (table: Table): Promise<string | undefined> => {
  const item = await table.get(usageSinceKey, { consistent: true });
  return item === undefined ? undefined : String(item["sinceMonth"]);
};

import { ITEM_VERSION, pseudonymKeyKey } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";

/**
 * The key of pseudonyms. It is created once and kept in the table, so that a name always has the same pseudonym. The first
 * function creates it, and all others use it. `newKey` returns a new random key.
 */
export const pseudonymKey = async (table: Table, newKey: () => string): Promise<string> => {
  const kept = await table.get(pseudonymKeyKey, { consistent: false });
  if (kept !== undefined) return String(kept["key"]);
  const key = newKey();
  const outcome = await table.write({
    kind: "put",
    item: { ...pseudonymKeyKey, v: ITEM_VERSION, key },
    condition: { expression: "attribute_not_exists(pk)" },
  });
  return outcome.outcome === "refused" && outcome.found !== undefined ? String(outcome.found["key"]) : key;
};

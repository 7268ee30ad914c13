import { ITEM_VERSION, pseudonymKeyKey } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";

/**
 * The key that pseudonyms are made with: made once and kept in the table, so that a name has the same pseudonym everywhere
 * and for ever. Whoever comes first makes it; all others take that one. `newKey` gives a fresh random one.
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

import { catalogRevisionKey } from "../../contract/keys.ts";
import type { EpochMs } from "../../contract/time.ts";
import type { Table } from "../../store/table.ts";
import { revisionWrite } from "./commit.ts";
import { NO_CATALOG, readRevision } from "./read.ts";

/**
 * The id of the catalog, which it gets now if it has none. An agent asks for its set before the first change, too, and must know
 * whose set it is. Throws `StoreUnavailable`.
 */
export const makeCatalog = async (
  { table, newId }: { table: Table; newId: () => string },
  now: EpochMs,
): Promise<string> => {
  // Refused if another request made it first.
  await table.write(revisionWrite({ newId }, NO_CATALOG, { revision: 0, entries: 0, bytes: 0 }, now));
  const { catalogId } = await readRevision(table, { consistent: true });
  if (catalogId === undefined) throw new Error(`no item ${catalogRevisionKey.pk} after it was made`);
  return catalogId;
};

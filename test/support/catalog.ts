import { catalogKey, catalogRevisionKey } from "../../shared/contract/keys.ts";
import { formatTime } from "../../shared/contract/time.ts";
import type { PolicyEntry } from "../../shared/policies/types.ts";
import type { App } from "./app.ts";

let revision = 0;

/** Stores a catalog of these entries, as the function `policies` would. Functions see it once theirs is a minute old. */
export const putCatalog = async (
  { table, clock }: Pick<App, "table" | "clock">,
  entries: PolicyEntry[],
): Promise<void> => {
  revision += 1;
  for (const { spec, ...entry } of entries) {
    const content = {
      ...entry,
      spec: JSON.stringify(spec),
      generation: 1,
      etag: '"1"',
      hash: "h",
      revision,
      updatedBy: "ana",
    };
    await table.write({ kind: "put", item: { ...catalogKey(entry), ...content, updatedAt: formatTime(clock.now) } });
  }
  const item = { ...catalogRevisionKey, catalogId: "c-1", revision, entries: entries.length, bytes: 1 };
  await table.write({ kind: "put", item });
};

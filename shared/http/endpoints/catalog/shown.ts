import type { CatalogApplyResponse, CatalogEntryAnswer } from "../../../contract/catalog-answers.ts";
import type { Fault } from "../../../contract/problems.ts";
import { formatTime } from "../../../contract/time.ts";
import type { CatalogEntry, EntryId } from "../../../policies/catalog/entry.ts";
import type { ChangeResult } from "../../../policies/catalog/plan.ts";
import type { ShownNames } from "../../../privacy/shown-names.ts";

/** An entry as the API shows it. */
export const shownEntry = (entry: CatalogEntry, warnings: Fault[], names: ShownNames): CatalogEntryAnswer => ({
  ...shownId(entry),
  clusters: [...entry.clusters],
  spec: entry.spec,
  allow_unknown: entry.allowUnknown,
  generation: entry.generation,
  etag: entry.etag,
  updated_at: formatTime(entry.updatedAt),
  updated_by: names.person(entry.updatedBy),
  warnings,
  deleted_at: entry.deletedAt === undefined ? null : formatTime(entry.deletedAt),
});

export const shownId = ({ kind, name, namespace }: EntryId): EntryId => ({ kind, name, namespace });

/** What became of a change. Only a dry run shows the difference. */
export const shownResult = (
  { outcome, entry, warnings, differences }: ChangeResult,
  dryRun: boolean,
): CatalogApplyResponse["results"][number] => ({
  ...shownId(entry),
  outcome,
  generation: entry.generation,
  etag: entry.etag,
  warnings,
  ...(dryRun ? { diff: differences } : {}),
});

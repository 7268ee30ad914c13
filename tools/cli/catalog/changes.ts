import { CATALOG_LIMITS, type CatalogChangeInput, isPolicy } from "../../../shared/contract/catalog.ts";
import type { CatalogApplyResponse, CatalogEntryAnswer } from "../../../shared/contract/catalog-answers.ts";
import type { Api } from "../api.ts";
import { CliError } from "../exit.ts";
import { ProblemError } from "../problem.ts";
import { count } from "../text.ts";
import type { Draft } from "./drafts.ts";
import { isSame } from "./family.ts";

export type Options = { allowUnknown?: boolean | undefined; force?: boolean | undefined };
export type Results = CatalogApplyResponse["results"];

/** A change, with the draft that it comes from. */
export type Change = { draft: Draft; wire: CatalogChangeInput };

/**
 * The changes that make the catalog have the drafts. Each names the version that was read, so that nobody's later change is
 * overwritten. Profiles come first: a policy may require them.
 */
export const putsOf = (
  drafts: readonly Draft[],
  current: readonly CatalogEntryAnswer[],
  { allowUnknown, force }: Options,
): Change[] =>
  drafts
    .map((draft) => ({
      draft,
      wire: {
        action: "put" as const,
        ...nameOf(draft),
        spec: draft.spec,
        ...(draft.clusters === undefined ? {} : { clusters: draft.clusters }),
        ...(allowUnknown === true ? { allow_unknown: true } : {}),
        ...(force === true ? { force: true } : {}),
        ...ifMatch(current, draft),
      },
    }))
    .sort((one, other) => Number(isPolicy(one.draft.kind)) - Number(isPolicy(other.draft.kind)));

/** The changes that delete the drafts, as far as the catalog has them. Policies come first. */
export const deletionsOf = (drafts: readonly Draft[], current: readonly CatalogEntryAnswer[]): Change[] =>
  drafts
    .filter((draft) => current.some((entry) => isSame(entry, draft)))
    .map((draft) => ({ draft, wire: { action: "delete" as const, ...nameOf(draft), ...ifMatch(current, draft) } }))
    .sort((one, other) => Number(isPolicy(other.draft.kind)) - Number(isPolicy(one.draft.kind)));

const nameOf = ({ kind, name, namespace }: Draft) => ({ kind, name, ...(namespace === null ? {} : { namespace }) });

const ifMatch = (current: readonly CatalogEntryAnswer[], draft: Draft): { if_match?: string } => {
  const entry = current.find((each) => isSame(each, draft));
  return entry === undefined ? {} : { if_match: entry.etag };
};

/**
 * Sends the changes. Up to 20 are one transaction. More go in batches: they are checked together first, then each batch is
 * applied as a whole or not at all.
 * @throws CliError with every fault, by file and line
 */
export const send = async (
  api: Api,
  changes: readonly Change[],
  { dryRun, note }: { dryRun: boolean; note: (line: string) => void },
): Promise<Results> => {
  const batches = batchesOf(changes);
  if (!dryRun && batches.length > 1) {
    note(
      `${count(changes.length, "change")} in ${batches.length} batches. Each batch is applied separately: as a whole, or not at all.`,
    );
    await sendAll(api, batches, true);
  }
  return sendAll(api, batches, dryRun);
};

const batchesOf = (changes: readonly Change[]): Change[][] =>
  Array.from({ length: Math.ceil(changes.length / CATALOG_LIMITS.changes) }, (_, index) =>
    changes.slice(index * CATALOG_LIMITS.changes, (index + 1) * CATALOG_LIMITS.changes),
  );

const sendAll = async (api: Api, batches: readonly Change[][], dryRun: boolean): Promise<Results> => {
  const results: Results = [];
  const faults: string[] = [];
  for (const [index, batch] of batches.entries()) {
    try {
      results.push(
        ...(
          await api.catalogApply(
            batch.map(({ wire }) => wire),
            dryRun,
          )
        ).results,
      );
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      const lines = faultLines(error, batch);
      // A dry run goes on, so that the faults of all batches come at once.
      if (dryRun && lines !== undefined) faults.push(...lines);
      else throw failed(error, lines ?? error.lines, dryRun ? 0 : index, batches.length);
    }
  }
  if (faults.length > 0) throw new CliError(2, ...faults);
  return results;
};

const failed = (error: CliError, lines: readonly string[], done: number, of: number): CliError =>
  new CliError(
    error.exit,
    ...lines,
    ...(done === 0 ? [] : [`  Batch ${done + 1} of ${of} failed. The changes of the batches before it are applied.`]),
  );

/** The faults of a batch by file and line; undefined where the server names no change. */
const faultLines = (error: CliError, batch: readonly Change[]): string[] | undefined => {
  // Faults of a 412 are versions, which the answer's own words explain better.
  if (!(error instanceof ProblemError) || error.status !== 400 || error.faults.length === 0) return undefined;
  return error.faults.map(({ path, message }) => {
    const [, index = "", rest = ""] = /^changes\.(\d+)(?:\.(.*))?$/.exec(path) ?? [];
    const change = index === "" ? undefined : batch[Number(index)];
    return change === undefined ? `${path}: ${message}` : change.draft.at({ path: rest, message });
  });
};

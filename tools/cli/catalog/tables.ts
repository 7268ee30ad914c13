import type {
  CatalogDifference,
  CatalogEntryAnswer,
  CatalogHistoryResponse,
  CatalogStatusResponse,
} from "../../../shared/contract/catalog-answers.ts";
import type { EpochMs } from "../../../shared/contract/time.ts";
import type { Paint } from "../style.ts";
import { table } from "../table.ts";
import { age, count, moment, safe } from "../text.ts";
import type { Results } from "./changes.ts";
import { shownName } from "./family.ts";

/** Entries, one a line. */
export const entryTable = (entries: readonly CatalogEntryAnswer[], now: EpochMs): string => {
  // Most catalogs have no warnings, and the line fits a terminal without them.
  const hasWarnings = entries.some(({ warnings }) => warnings.length > 0);
  return table(
    ["Name", "Clusters", "Generation", "Changed", "By", ...(hasWarnings ? ["Warnings"] : [])],
    entries.map((entry) => [
      shownName(entry),
      entry.clusters.join(", "),
      entry.generation,
      age(entry.updated_at, now),
      entry.updated_by,
      ...(hasWarnings ? [entry.warnings.length] : []),
    ]),
  );
};

/** What happened to each entry. */
export const resultTable = (results: Results): string =>
  table(
    ["Kind", "Name", "Outcome", "Generation"],
    results.map((result) => [result.kind, shownName(result), result.outcome, result.generation]),
  );

/** The warnings of results, one a line. */
export const warningsOf = (results: Results): string[] =>
  results.flatMap((result) =>
    result.warnings.map(({ path, message }) => safe(`${result.kind} ${shownName(result)}: ${path}: ${message}`)),
  );

/** The differences that a dry run found, as `diff` prints them. */
export const differences = (results: Results, paint: Paint): string => {
  const changed = results.filter(({ outcome }) => outcome !== "unchanged");
  const same = results.length - changed.length;
  return [
    ...changed.flatMap((result) => [
      paint("bold", `${VERBS[result.outcome]} ${result.kind} ${safe(shownName(result))}`),
      ...(result.diff ?? []).filter(isTelling).flatMap((difference) => differenceLines(difference, paint)),
    ]),
    ...(same === 0 ? [] : [`${count(same, "entry").replace(/ys$/, "ies")} unchanged.`]),
  ].join("\n");
};

const VERBS = { created: "create", replaced: "change", deleted: "delete", unchanged: "keep" } as const;

// A new entry that does not allow unknown fields is usual.
const isTelling = ({ path, before, after }: CatalogDifference): boolean =>
  path !== "allow_unknown" || before !== undefined || after !== false;

const differenceLines = (difference: CatalogDifference, paint: Paint): string[] => {
  const { path, before, after } = difference;
  const line = (mark: string, value: unknown) => safe(`  ${mark} ${path}: ${JSON.stringify(value)}`);
  return [
    ...(before === undefined ? [] : [paint("red", line("-", before))]),
    ...(after === undefined ? [] : [paint("green", line("+", after))]),
  ];
};

export const historyTable = ({ entries }: CatalogHistoryResponse): string =>
  table(
    ["Generation", "Changed", "By", "Clusters", "State"],
    entries.map((entry) => [
      entry.generation,
      moment(entry.updated_at),
      entry.updated_by,
      entry.clusters.join(", "),
      entry.deleted_at === null ? "" : "deleted",
    ]),
  );

export const statusText = ({ revision, clusters, entries, more }: CatalogStatusResponse, now: EpochMs): string => {
  if (clusters.length === 0)
    return "No cluster has an agent that applies the catalog. Set applyCatalog: docs/agent.md.";
  const inForce = table(
    ["Cluster", "State", "Revision", "Since", "Cluster ID"],
    clusters.map((cluster) => [
      cluster.cluster,
      `${cluster.state}${cluster.duplicate_name ? " (duplicate name)" : ""}`,
      `${cluster.revision ?? "-"} of ${revision}`,
      age(cluster.since, now),
      cluster.cluster_id,
    ]),
  );
  if (entries.length === 0) return inForce;
  const missing = table(
    ["Cluster", "Kind", "Name", "State", "In force", "Since", "Message"],
    entries.map((entry) => [
      entry.cluster ?? entry.cluster_id,
      entry.kind,
      shownName(entry),
      entry.state,
      entry.generation_in_force === null ? "nothing" : `generation ${entry.generation_in_force}`,
      age(entry.since, now),
      entry.message,
    ]),
  );
  return [inForce, "", missing, ...(more === 0 ? [] : [`and ${more} more`])].join("\n");
};

/** Whether every cluster has the catalog's revision, with every entry applied. */
export const isInForce = ({ clusters, entries }: CatalogStatusResponse): boolean =>
  entries.length === 0 && clusters.length > 0 && clusters.every(({ state }) => state === "applied");

import { CATALOG_LIMITS } from "../../contract/catalog.ts";
import type { CatalogDifference } from "../../contract/catalog-answers.ts";
import type { Fault } from "../../contract/problems.ts";
import type { EpochMs } from "../../contract/time.ts";
import { specWarnings, validateSpec } from "../spec/validate.ts";
import type { Cluster } from "../types.ts";
import { allowListWarnings, refusesAll } from "./allow-lists.ts";
import { difference } from "./diff.ts";
import {
  type CatalogEntry,
  type EntryContent,
  type EntryId,
  entryText,
  isSameContent,
  nextGeneration,
  specBytes,
} from "./entry.ts";
import { matchesETag } from "./etag.ts";
import type { Catalog } from "./read.ts";

/** One wanted change. `ifMatch` is the version that it replaces or deletes. */
export type WantedChange = EntryId & {
  ifMatch: string | undefined;
} & ({ action: "put"; content: EntryContent; force: boolean } | { action: "delete" });

export type ChangeResult = {
  outcome: "created" | "replaced" | "unchanged" | "deleted";
  before: CatalogEntry | undefined;
  /** The stored entry after the change. */
  entry: CatalogEntry;
  warnings: Fault[];
  differences: CatalogDifference[];
};

/** Why nothing is changed. Each refusal names its change by its place in the request. */
export type Refusal =
  | { kind: "invalid"; faults: { index: number; fault: Fault }[] }
  | { kind: "missing"; indexes: number[] }
  /** `current` is what is stored; undefined if nothing is. */
  | { kind: "failed" | "required"; changes: { index: number; current: CatalogEntry | undefined }[] }
  | { kind: "full"; detail: string };

export type Plan =
  | { kind: "planned"; results: ChangeResult[]; revision: number; entries: number; bytes: number }
  | { kind: "refused"; refusal: Refusal };

export type PlanContext = {
  actor: string;
  now: EpochMs;
  /** The clusters that are known, for the warnings. */
  clusters: readonly Cluster[];
  /** Shows what would happen, also without `If-Match`. */
  dryRun: boolean;
};

/**
 * Decides what changes do to the catalog as it is: all of them, or none. A change that wants exactly what is stored changes
 * nothing, whatever `ifMatch` says, so that a request can be repeated after a lost answer. Pure.
 */
export const planChanges = (catalog: Catalog, wanted: readonly WantedChange[], context: PlanContext): Plan => {
  const faults = wanted.flatMap((change, index) => faultsOf(change).map((fault) => ({ index, fault })));
  if (faults.length > 0) return refused({ kind: "invalid", faults });
  const revision = catalog.revision + 1;
  const stored = new Map([...catalog.deleted, ...catalog.live].map((entry) => [entryText(entry), entry]));
  const steps = wanted.map((change, index) =>
    stepOf(change, index, stored.get(entryText(change)), { ...context, revision }),
  );
  const refusal = refusalOf(steps);
  if (refusal !== undefined) return refused(refusal);
  const results = steps.flatMap((step) => (step.kind === "result" ? [step.result] : []));
  for (const { entry } of results) stored.set(entryText(entry), entry);
  const live = [...stored.values()].filter(({ deletedAt }) => deletedAt === undefined);
  const bytes = live.reduce((sum, entry) => sum + specBytes(entry), 0);
  const full = fullness(catalog, { names: stored.size, entries: live.length, bytes });
  if (full !== undefined) return refused({ kind: "full", detail: full });
  const isChanged = results.some(({ outcome }) => outcome !== "unchanged");
  return {
    kind: "planned",
    results: results.map((result) => ({
      ...result,
      warnings: result.entry.deletedAt === undefined ? warningsOf(result.entry, live, context.clusters) : [],
    })),
    revision: isChanged ? revision : catalog.revision,
    entries: live.length,
    bytes,
  };
};

/** What may be wrong about an entry of a catalog. */
export const warningsOf = (
  entry: CatalogEntry,
  live: readonly CatalogEntry[],
  clusters: readonly Cluster[],
): Fault[] => [...specWarnings(entry.kind, entry.spec), ...allowListWarnings(entry, live, clusters)];

const refused = (refusal: Refusal): Plan => ({ kind: "refused", refusal });

const faultsOf = (change: WantedChange): Fault[] => {
  if (change.action === "delete") return [];
  const { kind, content, force } = change;
  const { faults } = validateSpec(kind, content.spec, { allowUnknown: content.allowUnknown });
  const refusesEverything = !force && refusesAll({ kind, spec: content.spec });
  return [
    ...faults,
    ...(refusesEverything
      ? [
          {
            path: "spec.profileAllowlist",
            message:
              "is empty although a profile is required, so every session would be refused. Set force to store it",
          },
        ]
      : []),
  ];
};

type Step =
  | { kind: "result"; result: ChangeResult }
  | { kind: "missing"; index: number }
  | { kind: "failed" | "required"; index: number; current: CatalogEntry | undefined };

const stepOf = (
  change: WantedChange,
  index: number,
  before: CatalogEntry | undefined,
  context: PlanContext & { revision: number },
): Step => {
  const live = before?.deletedAt === undefined ? before : undefined;
  if (change.action === "delete") return deletionStep(change, index, before, live, context);
  const { content, ifMatch } = change;
  if (live !== undefined && isSameContent(live, content)) return unchanged(live);
  if (live === undefined && ifMatch !== undefined) return { kind: "failed", index, current: undefined };
  const precondition = live && preconditionOf(ifMatch, live, context.dryRun);
  if (precondition !== undefined && precondition !== "holds") return { kind: precondition, index, current: live };
  const entry = nextGeneration(change, content, before, context, false);
  return result(live === undefined ? "created" : "replaced", live, entry, difference(live, entry));
};

const deletionStep = (
  { ifMatch }: WantedChange,
  index: number,
  before: CatalogEntry | undefined,
  live: CatalogEntry | undefined,
  context: PlanContext & { revision: number },
): Step => {
  if (before === undefined) return { kind: "missing", index };
  if (live === undefined) return unchanged(before);
  const precondition = preconditionOf(ifMatch, live, context.dryRun);
  if (precondition !== "holds") return { kind: precondition, index, current: live };
  return result("deleted", live, nextGeneration(live, live, before, context, true), difference(live, undefined));
};

const result = (
  outcome: ChangeResult["outcome"],
  before: CatalogEntry | undefined,
  entry: CatalogEntry,
  differences: CatalogDifference[],
): Step => ({ kind: "result", result: { outcome, before, entry, warnings: [], differences } });

const unchanged = (entry: CatalogEntry): Step => result("unchanged", entry, entry, []);

const preconditionOf = (
  ifMatch: string | undefined,
  live: CatalogEntry,
  dryRun: boolean,
): "holds" | "failed" | "required" => {
  if (ifMatch === undefined) return dryRun ? "holds" : "required";
  return matchesETag(ifMatch, live.etag) ? "holds" : "failed";
};

// What does not exist comes before what has changed, and that before what is not said.
const refusalOf = (steps: readonly Step[]): Refusal | undefined => {
  const missing = steps.flatMap((step) => (step.kind === "missing" ? [step.index] : []));
  if (missing.length > 0) return { kind: "missing", indexes: missing };
  for (const kind of ["failed", "required"] as const) {
    const changes = steps.flatMap((step) => (step.kind === kind ? [{ index: step.index, current: step.current }] : []));
    if (changes.length > 0) return { kind, changes };
  }
  return undefined;
};

// A catalog that is too large already can become smaller.
const fullness = (
  catalog: Catalog,
  { names, entries, bytes }: { names: number; entries: number; bytes: number },
): string | undefined => {
  const { entries: mostEntries, catalogBytes: mostBytes, names: mostNames } = CATALOG_LIMITS;
  if (names > mostNames && names > catalog.live.length + catalog.deleted.length)
    return `The catalog would have ${names} names, those of entries deleted in the last year included; the limit is ${mostNames}. Use names again`;
  if (entries > mostEntries && entries > catalog.entries)
    return `The catalog would have ${entries} entries, the limit is ${mostEntries}. Delete entries first`;
  if (bytes > mostBytes && bytes > catalog.bytes)
    return `The specs and clusters of the catalog would have ${bytes} bytes, the limit is ${mostBytes}. Delete entries first`;
  return undefined;
};

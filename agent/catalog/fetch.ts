import * as v from "valibot";
import type { CatalogKind } from "../../shared/contract/catalog.ts";
import { check } from "../../shared/contract/check.ts";
import { describeFaults } from "../../shared/contract/problems.ts";
import type { Outcome } from "../wire/call.ts";
import { describe } from "../wire/call.ts";
import { KINDS } from "./kinds.ts";
import type { CatalogSet } from "./types.ts";

/** What a fetch of the set found. `unchanged`: the set is still the one of the given ETag. */
export type Fetched =
  | { kind: "set"; set: CatalogSet; etag: string | undefined; unknownKinds: readonly string[] }
  | { kind: "unchanged" }
  | { kind: "failed"; detail: string };

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Text = v.pipe(v.string(), v.minLength(1));
const name = { kind: v.string(), name: Text, namespace: v.nullable(Text), generation: Count };

/** What the agent uses of an answer. A proxy can answer 200 with anything, and that must change nothing in a cluster. */
const CatalogAnswer = v.looseObject({
  catalog_id: Text,
  revision: Count,
  entries: v.array(v.looseObject({ ...name, hash: v.string(), spec: v.record(v.string(), v.unknown()) })),
  remove: v.array(v.looseObject(name)),
});

const isKnown = <T extends { kind: string }>(named: T): named is T & { kind: CatalogKind } =>
  KINDS.some((kind) => kind === named.kind);

/** The set in an answer. A kind that this agent does not know is left out and named: its server is newer. */
export const readSet = (outcome: Outcome<unknown>): Fetched => {
  if (outcome.kind === "problem" && outcome.status === 304) return { kind: "unchanged" };
  if (outcome.kind !== "ok") return { kind: "failed", detail: describe(outcome) };
  const result = check(CatalogAnswer, outcome.body);
  if (!result.ok) return { kind: "failed", detail: `the answer is not a catalog (${describeFaults(result.faults)})` };
  const { catalog_id, revision, entries, remove } = result.value;
  const unknownKinds = [...new Set([...entries, ...remove].filter((each) => !isKnown(each)).map(({ kind }) => kind))];
  return {
    kind: "set",
    set: { catalog_id, revision, entries: entries.filter(isKnown), remove: remove.filter(isKnown) },
    etag: outcome.etag,
    unknownKinds,
  };
};

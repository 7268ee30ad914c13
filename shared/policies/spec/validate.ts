import * as v from "valibot";
import { CATALOG_LIMITS, type CatalogKind, isPolicy, ObjectName } from "../../contract/catalog.ts";
import { NOT_WELL_FORMED } from "../../contract/fields.ts";
import { PolicySpec, ProfileSpec, UNKNOWN_FIELD, UNKNOWN_VALUE } from "../../contract/policy-spec.ts";
import type { Fault } from "../../contract/problems.ts";
import { patternFaults, patternWarnings } from "./patterns.ts";
import { selectorFaults } from "./selector.ts";
import { PARTS_OF_OBJECTS, textsAt } from "./visit.ts";

export type SpecCheck = {
  /** Why the spec is refused. Paths begin with `spec`. */
  faults: Fault[];
  /** What its author should know. The spec is accepted with them. */
  warnings: Fault[];
  /** The fields and values that this server does not know. Unless they are allowed, they are faults, too. */
  unknown: Fault[];
};

/**
 * Checks the spec of a policy or a profile, and returns all faults at once. With `allowUnknown`, fields and values that this
 * server does not know are accepted; `evaluate` answers `unknown` for such an entry.
 */
export const validateSpec = (
  kind: CatalogKind,
  spec: unknown,
  { allowUnknown }: { allowUnknown: boolean },
): SpecCheck => {
  if (isTooDeep(spec)) return refused(`must not be nested deeper than ${CATALOG_LIMITS.depth} levels`);
  const bytes = new TextEncoder().encode(JSON.stringify(spec) ?? "").length;
  if (bytes > CATALOG_LIMITS.entryBytes)
    return refused(`must be at most ${CATALOG_LIMITS.entryBytes} bytes as JSON; it has ${bytes}`);
  const { known, unknown } = structureFaults(kind, spec);
  const others = isPolicy(kind) ? [...patternFaults(spec), ...selectorFaults(spec), ...profileFaults(spec)] : [];
  return {
    faults: [...known, ...(allowUnknown ? [] : unknown), ...brokenTexts(spec), ...others],
    warnings: specWarnings(kind, spec),
    unknown,
  };
};

/** What the author of a good spec should know. */
export const specWarnings = (kind: CatalogKind, spec: unknown): Fault[] =>
  isPolicy(kind) ? patternWarnings(spec) : [];

const refused = (message: string): SpecCheck => ({
  faults: [{ path: "spec", message }],
  warnings: [],
  unknown: [],
});

// Level by level: what recurses over a spec, JSON.stringify included, fails on a deep one.
const isTooDeep = (spec: unknown): boolean => {
  let level: unknown[] = [spec];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > CATALOG_LIMITS.depth) return true;
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
  }
  return false;
};

/** The fields and values of a spec that this server does not know. */
export const unknownParts = (kind: CatalogKind, spec: unknown): Fault[] => structureFaults(kind, spec).unknown;

const structureFaults = (kind: CatalogKind, spec: unknown): { known: Fault[]; unknown: Fault[] } => {
  const { issues = [] } = v.safeParse<v.GenericSchema>(isPolicy(kind) ? PolicySpec : ProfileSpec, spec);
  const faults = issues.map((issue) => ({
    fault: {
      path: ["spec", v.getDotPath(issue) ?? ""].filter((part) => part !== "").join("."),
      message: messageOf(issue),
    },
    isUnknown: issue.message === UNKNOWN_FIELD || (issue.message.startsWith(UNKNOWN_VALUE) && isText(issue.input)),
  }));
  return {
    known: faults.filter(({ isUnknown }) => !isUnknown).map(({ fault }) => fault),
    unknown: [...faults.filter(({ isUnknown }) => isUnknown).map(({ fault }) => fault), ...hiddenFields(spec)],
  };
};

/** The fields that valibot leaves out of every object, also as unknown ones. Any label may have such a key. */
const hiddenFields = (value: unknown, path = "spec"): Fault[] => {
  if (typeof value !== "object" || value === null || path === "spec.selector.matchLabels") return [];
  return Object.entries(value).flatMap(([key, part]) => [
    ...(PARTS_OF_OBJECTS.includes(key) ? [{ path: `${path}.${key}`, message: UNKNOWN_FIELD }] : []),
    ...hiddenFields(part, `${path}.${key}`),
  ]);
};

/** Texts and keys that cannot be stored as UTF-8. A path shows its key with a replacement character. */
const brokenTexts = (value: unknown, path = "spec"): Fault[] => {
  const isBroken = !path.isWellFormed() || (typeof value === "string" && !value.isWellFormed());
  if (isBroken) return [{ path: path.toWellFormed(), message: NOT_WELL_FORMED }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => brokenTexts(part, `${path}.${key}`));
};

// For a missing field, valibot's message says only what it received.
const messageOf = (issue: v.BaseIssue<unknown>): string =>
  issue.received === "undefined" ? "is required" : issue.message;

const isText = (input: unknown): boolean => typeof input === "string";

const profileFaults = (spec: unknown): Fault[] =>
  textsAt(spec, "profileAllowlist.*")
    .filter(({ value }) => value !== "" && !isProfileName(value))
    .map(({ path }) => ({ path, message: "must be the name of a cluster profile, or namespace/name" }));

const isProfileName = (name: string): boolean => {
  const parts = name.split("/");
  return parts.length <= 2 && parts.every((part) => v.is(ObjectName, part));
};

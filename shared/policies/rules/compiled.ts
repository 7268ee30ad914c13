import type { CatalogKind } from "../../contract/catalog.ts";
import type { PolicySpec } from "../../contract/policy-spec.ts";
import { readPolicyPattern } from "../../patterns/policy-pattern.ts";
import { unknownParts } from "../spec/validate.ts";
import type { PolicyEntry } from "../types.ts";
import type { Answer } from "./answer.ts";

/** A policy's spec, read once for each entry of a catalog. */
export type CompiledPolicy = {
  entry: PolicyEntry;
  spec: PolicySpec;
  /** Whether it has fields or values that this server does not know. */
  hasUnknown: boolean;
};

const compiled = new WeakMap<PolicyEntry, CompiledPolicy>();

/** The policy of an entry whose spec has passed `validateSpec`. */
export const compiledPolicy = (entry: PolicyEntry): CompiledPolicy => {
  const known = compiled.get(entry);
  if (known !== undefined) return known;
  const made = {
    entry,
    spec: entry.spec as PolicySpec,
    hasUnknown: unknownParts(entry.kind as CatalogKind, entry.spec).length > 0,
  };
  compiled.set(entry, made);
  return made;
};

const patterns = new WeakMap<CompiledPolicy, Map<string, (text: string) => Answer>>();

/** Whether a regular expression of a policy matches a part of a text. Each is compiled once. */
export const matchesExpression = (policy: CompiledPolicy, source: string, text: string): Answer => {
  const ofPolicy = patterns.get(policy) ?? new Map<string, (text: string) => Answer>();
  patterns.set(policy, ofPolicy);
  const matches = ofPolicy.get(source) ?? matcher(source);
  ofPolicy.set(source, matches);
  return matches(text);
};

const matcher = (source: string): ((text: string) => Answer) => {
  const reading = readPolicyPattern(source);
  return (text) => (reading.ok ? (reading.pattern.matches(text) ?? "pattern") : "pattern");
};

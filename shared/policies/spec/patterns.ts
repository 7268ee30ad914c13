import type { Fault } from "../../contract/problems.ts";
import { globFault } from "../../patterns/glob.ts";
import { policyPatternDoubt, readPolicyPattern } from "../../patterns/policy-pattern.ts";
import { TARGET_TYPES } from "../target-path.ts";
import { readCidr } from "./cidr.ts";
import { textsAt } from "./visit.ts";

const EXPRESSIONS = [
  "fs.readOnly.*",
  "fs.local.*",
  "fs.notFound.*",
  "network.incoming.httpFilter.headerFilter",
  "network.outgoing.allow.*.hostname",
  "network.outgoing.block.*.hostname",
  "splitQueues.filters.*.queueId",
  "splitQueues.filters.*.rules.allOf.*.pattern",
  "splitQueues.filters.*.rules.anyOf.*.pattern",
];
const GLOBS = ["targetPath", "env.exclude.*"];
const RANGES = ["allow", "block"].flatMap((list) =>
  ["ipBlock.cidr", "ipBlock.except.*"].map((field) => `network.outgoing.${list}.*.${field}`),
);

/** The most instructions of the compiled patterns of one spec. */
const MAX_INSTRUCTIONS = 50_000;

/** The faults of a policy's globs, regular expressions and address ranges. */
export const patternFaults = (spec: unknown): Fault[] => {
  const faults: Fault[] = [];
  let size = 0;
  for (const { path, value } of texts(spec, EXPRESSIONS)) {
    if (size > MAX_INSTRUCTIONS) {
      faults.push({ path, message: "is one regular expression too many: together they are too large" });
      break;
    }
    const reading = readPolicyPattern(value);
    if (reading.ok) size += reading.pattern.size;
    else faults.push({ path, message: reading.reason });
  }
  for (const { path, value } of texts(spec, GLOBS)) {
    const message = globFault(value);
    if (message !== undefined) faults.push({ path, message });
  }
  for (const { path, value } of texts(spec, RANGES))
    if (readCidr(value) === undefined)
      faults.push({ path, message: "must be a CIDR range, as 10.0.0.0/16 or fd00::/8" });
  return faults;
};

/** The warnings of a policy's regular expressions and target path. Every list of the catalog has them, so nothing is compiled. */
export const patternWarnings = (spec: unknown): Fault[] => [
  ...texts(spec, EXPRESSIONS).flatMap(({ path, value }) => {
    const message = policyPatternDoubt(value);
    return message === undefined ? [] : [{ path, message }];
  }),
  ...textsAt(spec, "targetPath").flatMap(({ path, value }) =>
    targetWarnings(value).map((message) => ({ path, message })),
  ),
];

// An empty text is a fault of the structure.
const texts = (spec: unknown, paths: readonly string[]) =>
  paths.flatMap((path) => textsAt(spec, path)).filter(({ value }) => value !== "");

const HAS_WILDCARD = /[*?]/;

const targetWarnings = (targetPath: string): string[] => {
  const [type = ""] = targetPath.split("/");
  const isKnown = HAS_WILDCARD.test(type) || type === "" || (TARGET_TYPES as readonly string[]).includes(type);
  return [
    ...(isKnown ? [] : [`matches no target: the types are ${TARGET_TYPES.join(", ")}`]),
    ...(targetPath.startsWith("/container/")
      ? ["matches no target: a path begins with the type and the name, as */container/app"]
      : []),
  ];
};

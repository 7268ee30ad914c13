import * as v from "valibot";
import {
  CATALOG_KINDS,
  type CatalogKind,
  CLUSTERS_ANNOTATION,
  ClusterGlobs,
  isNamespaced,
  isPolicy,
  NamespaceName,
  ObjectName,
} from "../../contract/catalog.ts";
import { addFaults, fault, type YamlFault } from "./faults.ts";
import { readTrees, type Tree } from "./tree.ts";

export type { YamlFault } from "./faults.ts";

/** A spec as a YAML document has it, not checked yet. */
export type YamlSpec = {
  kind: CatalogKind;
  spec: Record<string, unknown>;
  /** The line of a path of the entry, such as `spec.block.0`. */
  lineOf: (path: string) => number;
};

/** An entry as a YAML document has it. */
export type YamlEntry = YamlSpec & {
  name: string;
  /** Null for the kinds of a whole cluster. */
  namespace: string | null;
  /** Undefined where the document names none: all clusters. */
  clusters: string[] | undefined;
  /** The line where the entry begins. */
  line: number;
};

export type YamlEntries = {
  entries: YamlEntry[];
  /** The specs of all entries, also of those with a fault beside it. */
  specs: YamlSpec[];
  faults: YamlFault[];
  /** What was ignored. */
  notices: YamlFault[];
};

/** The `apiVersion` of a kind's objects. */
export const apiVersionOf = (kind: CatalogKind): string =>
  `${isPolicy(kind) ? "policies" : "profiles"}.mirrord.metalbear.co/v1alpha`;

/**
 * Reads entries from YAML: one object in each document, or a `List` of them. The first hundred faults come at once, each with its
 * line; an entry with a fault is left out.
 */
export const parseEntries = (text: string): YamlEntries => {
  const { trees, faults } = readTrees(text);
  const found: YamlEntries = { entries: [], specs: [], faults, notices: [] };
  for (const tree of trees) for (const item of itemsOf(tree)) readEntry(item, found);
  const inOrder = (one: YamlFault, other: YamlFault) => one.line - other.line;
  return { ...found, faults: found.faults.sort(inOrder), notices: found.notices.sort(inOrder) };
};

/** The objects of a document: those of a list, or the document itself. */
const itemsOf = (tree: Tree): Tree[] => {
  const { kind, items } = isRecord(tree.value) ? tree.value : {};
  if (typeof kind !== "string" || !/^(Mirrord\w+)?List$/.test(kind) || !Array.isArray(items)) return [tree];
  return items.map((value, index) => {
    const lineOf = (path: string) => tree.lineOf(path === "" ? `items.${index}` : `items.${index}.${path}`);
    return { value, line: lineOf(""), lineOf };
  });
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const readEntry = (tree: Tree, found: YamlEntries): void => {
  const before = found.faults.length;
  const { line, lineOf } = tree;
  const report = (list: YamlFault[]) => (path: string, message: string) =>
    addFaults(list, fault(lineOf(path), path, message));
  const entry = entryIn(tree.value, report(found.faults), (path) =>
    report(found.notices)(path, "is ignored: a cluster or a tool sets it"),
  );
  if (entry === undefined) return;
  const { kind, spec, named } = entry;
  found.specs.push({ kind, spec, lineOf });
  if (named !== undefined && found.faults.length === before) found.entries.push({ kind, spec, ...named, line, lineOf });
};

/** The entry of an object. What is wrong goes to `refuse`, what is ignored to `notice`. */
const entryIn = (value: unknown, refuse: Report, notice: (path: string) => void) => {
  if (!isRecord(value)) {
    refuse("", "must be an object");
    return undefined;
  }
  const { apiVersion, kind: given, metadata, spec, ...others } = value;
  for (const name of Object.keys(others)) {
    if (name === "status") notice(name);
    else refuse(name, "is not a field of an entry");
  }
  for (const [name, part] of [
    ["metadata", metadata],
    ["spec", spec],
  ] as const)
    if (!isRecord(part)) refuse(name, part === undefined ? "is required" : "must be an object");
  const kind = CATALOG_KINDS.find((each) => each === given);
  if (kind === undefined) refuse("kind", `must be one of ${CATALOG_KINDS.join(", ")}`);
  else if (apiVersion !== apiVersionOf(kind)) refuse("apiVersion", `must be ${apiVersionOf(kind)}`);
  const named = kind !== undefined && isRecord(metadata) ? readMetadata(kind, metadata, refuse, notice) : undefined;
  return kind === undefined || !isRecord(spec) ? undefined : { kind, spec, named };
};

type Report = (path: string, message: string) => void;

/** What an API server writes into the metadata of an object. */
const SERVER_MADE = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "finalizers",
  "generateName",
  "generation",
  "managedFields",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
];

const readMetadata = (
  kind: CatalogKind,
  { name, namespace, annotations, labels, ...others }: Record<string, unknown>,
  refuse: Report,
  notice: (path: string) => void,
): Pick<YamlEntry, "name" | "namespace" | "clusters"> => {
  for (const field of Object.keys(others)) {
    if (SERVER_MADE.includes(field)) notice(`metadata.${field}`);
    else refuse(`metadata.${field}`, "is not a field of an entry");
  }
  checkWith(ObjectName, name, "metadata.name", refuse);
  if (isNamespaced(kind)) checkWith(NamespaceName, namespace, "metadata.namespace", refuse);
  else if (namespace != null) refuse("metadata.namespace", `must be absent: a ${kind} has no namespace`);
  const clusters = readAnnotations(annotations, refuse, notice);
  for (const [label, text] of pairsOf(labels, "metadata.labels", refuse)) {
    if (label === "app.kubernetes.io/managed-by" && text === "mirrord-license-server")
      notice(`metadata.labels.${label}`);
    else refuse(`metadata.labels.${label}`, "Labels are not supported. Remove it.");
  }
  return { name: String(name), namespace: isNamespaced(kind) ? String(namespace) : null, clusters };
};

/** Annotations that kubectl, or the agent, wrote into an object that was read from a cluster. */
const isMade = (name: string): boolean =>
  name === "kubectl.kubernetes.io/last-applied-configuration" || name.startsWith(OWN_PREFIX);
const OWN_PREFIX = CLUSTERS_ANNOTATION.slice(0, CLUSTERS_ANNOTATION.indexOf("/") + 1);

const readAnnotations = (
  annotations: unknown,
  refuse: Report,
  notice: (path: string) => void,
): string[] | undefined => {
  let clusters: string[] | undefined;
  for (const [name, text] of pairsOf(annotations, "metadata.annotations", refuse)) {
    const path = `metadata.annotations.${name}`;
    if (name === CLUSTERS_ANNOTATION) {
      if (typeof text !== "string") refuse(path, "must be a text: names of clusters, separated by commas");
      else {
        clusters = text.split(",").map((glob) => glob.trim());
        checkWith(ClusterGlobs, clusters, path, refuse);
      }
    } else if (isMade(name)) notice(path);
    else refuse(path, "Other annotations are not supported. Remove it.");
  }
  return clusters;
};

const pairsOf = (value: unknown, path: string, refuse: Report): [string, unknown][] => {
  if (value == null) return [];
  if (isRecord(value)) return Object.entries(value);
  refuse(path, "must be an object");
  return [];
};

const checkWith = (schema: v.GenericSchema, value: unknown, path: string, refuse: Report): void => {
  const messages =
    value === undefined ? ["is required"] : (v.safeParse(schema, value).issues ?? []).map(({ message }) => message);
  for (const message of messages) refuse(path, message);
};

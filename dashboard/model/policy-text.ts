import { ALL_CLUSTERS, CATALOG_LIMITS, type CatalogKind } from "../../shared/contract/catalog.ts";
import { validateSpec } from "../../shared/policies/spec/validate.ts";
import { parseEntries, type YamlEntry } from "../../shared/policies/yaml/parse.ts";

/** A message about a line of the text. */
export type LineMessage = { line: number; path: string; message: string };

export type PolicyText = {
  /** The entries of the text, if it has no fault. */
  entries: YamlEntry[];
  faults: LineMessage[];
  /** What is accepted, but may be wrong. */
  warnings: LineMessage[];
};

/** Checks a text as the server will: the same code runs here, so that the author sees all faults while typing. */
export const checkPolicyText = (text: string, allowUnknown: boolean): PolicyText => {
  const found = parseEntries(text);
  const faults: LineMessage[] = [...found.faults];
  const warnings: LineMessage[] = [...found.notices];
  for (const { kind, spec, lineOf } of found.specs) {
    const checked = validateSpec(kind, spec, { allowUnknown });
    const at = (list: LineMessage[]) => (fault: { path: string; message: string }) =>
      void list.push({ ...fault, line: lineOf(fault.path) });
    checked.faults.forEach(at(faults));
    checked.warnings.forEach(at(warnings));
  }
  const names = found.entries.map(keyOf);
  for (const [index, entry] of found.entries.entries())
    if (names.indexOf(names[index] ?? "") !== index)
      faults.push({ line: entry.line, path: "", message: "An entry of this name is above." });
  const inOrder = (one: LineMessage, other: LineMessage) => one.line - other.line;
  if (faults.length === 0 && found.entries.length === 0)
    faults.push({ line: 1, path: "", message: "The text has no entry." });
  if (found.entries.length > CATALOG_LIMITS.changes)
    faults.push({
      line: 1,
      path: "",
      message: `The page saves at most ${CATALOG_LIMITS.changes} entries at once. Use license-server policy apply.`,
    });
  return {
    entries: faults.length === 0 ? found.entries : [],
    faults: faults.sort(inOrder),
    warnings: warnings.sort(inOrder),
  };
};

/** The faults that the server found in the changes of a request, at their lines. */
export const faultsAtLines = (
  faults: readonly { path: string; message: string }[],
  entries: readonly YamlEntry[],
): LineMessage[] =>
  faults.map(({ path, message }) => {
    const [, index = "", rest = ""] = /^changes\.(\d+)(?:\.(.*))?$/.exec(path) ?? [];
    const entry = index === "" ? undefined : entries[Number(index)];
    return entry === undefined ? { line: 1, path, message } : { line: entry.lineOf(rest), path: rest, message };
  });

type Named = { kind: CatalogKind; namespace: string | null; name: string };

/** An entry's name in the page's address: `MirrordPolicy/payments/no-steal`. */
export const keyOf = ({ kind, namespace, name }: Named): string => `${kind}/${namespace ?? ""}/${name}`;

/** An entry's name as the page shows it: `payments/no-steal`. */
export const shownName = ({ namespace, name }: Omit<Named, "kind">): string =>
  namespace === null ? name : `${namespace}/${name}`;

/** What the kinds are called in the page. */
export const KIND_TITLES: Readonly<Record<CatalogKind, string>> = {
  MirrordPolicy: "Policy",
  MirrordClusterPolicy: "Cluster policy",
  MirrordProfile: "Profile",
  MirrordClusterProfile: "Cluster profile",
};

export const clustersText = (clusters: readonly string[]): string =>
  clusters.length === 1 && clusters[0] === ALL_CLUSTERS ? "all" : clusters.join(", ");

/** What a new entry begins with. It is valid as it is. */
export const TEMPLATES = {
  policy: `apiVersion: policies.mirrord.metalbear.co/v1alpha
kind: MirrordPolicy               # MirrordClusterPolicy: for all namespaces
metadata:
  name: my-policy
  namespace: default
  annotations:
    mirrord-license-server/clusters: "*"   # names of clusters, separated by commas
spec:
  block:
    - steal-without-filter
`,
  profile: `apiVersion: profiles.mirrord.metalbear.co/v1alpha
kind: MirrordProfile              # MirrordClusterProfile: for all namespaces
metadata:
  name: my-profile
  namespace: default
  annotations:
    mirrord-license-server/clusters: "*"   # names of clusters, separated by commas
spec:
  featureAdjustments:
    - change: incoming-mirror
`,
} as const;

import type { CatalogKind } from "../../../shared/contract/catalog.ts";
import { CliError, EXIT } from "../exit.ts";
import { safe } from "../text.ts";

/** The two kinds of what a command is about: with a namespace, and for a whole cluster. */
export type Family = {
  noun: "policy" | "profile";
  plural: "policies" | "profiles";
  namespaced: CatalogKind;
  cluster: CatalogKind;
};

export const FAMILIES: readonly Family[] = [
  { noun: "policy", plural: "policies", namespaced: "MirrordPolicy", cluster: "MirrordClusterPolicy" },
  { noun: "profile", plural: "profiles", namespaced: "MirrordProfile", cluster: "MirrordClusterProfile" },
];

/** What names an entry of the catalog. */
export type EntryName = { kind: CatalogKind; namespace: string | null; name: string };

export const isOf = (family: Family, { kind }: Pick<EntryName, "kind">): boolean =>
  kind === family.cluster || kind === family.namespaced;

/** An entry's name in a table, which commands accept: `payments/no-steal`, or `freeze` for one of a whole cluster. */
export const shownName = ({ namespace, name }: Omit<EntryName, "kind">): string =>
  namespace === null ? name : `${namespace}/${name}`;

export const isSame = (one: EntryName, other: EntryName): boolean =>
  one.kind === other.kind && one.namespace === other.namespace && one.name === other.name;

/** The entry that `NAME`, `NAMESPACE/NAME` or `NAME --namespace NAMESPACE` names. @throws CliError for anything else */
export const namedEntry = (family: Family, given: string | undefined, option: string | undefined): EntryName => {
  if (given === undefined || given === "")
    throw new CliError(
      EXIT.usage,
      `The name of the ${family.noun} is missing. To list them: license-server ${family.noun} ls`,
    );
  const parts = given.split("/");
  const [before, name] = parts.length === 2 ? (parts as [string, string]) : [undefined, given];
  if (parts.length > 2 || name === "" || before === "")
    throw new CliError(EXIT.usage, `${safe(given)} is not a name. Use NAME, or NAMESPACE/NAME.`);
  if (before !== undefined && option !== undefined && before !== option)
    throw new CliError(EXIT.usage, `Two different namespaces: ${safe(before)} and ${safe(option)}.`);
  const namespace = before ?? option ?? null;
  return { kind: namespace === null ? family.cluster : family.namespaced, namespace, name };
};

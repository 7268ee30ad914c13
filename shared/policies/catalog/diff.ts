import type { CatalogDifference } from "../../contract/catalog-answers.ts";
import { canonicalJson } from "./canonical.ts";
import type { EntryContent } from "./entry.ts";

/** What a change does to an entry, field by field. Undefined is an entry that does not exist. */
export const difference = (before: EntryContent | undefined, after: EntryContent | undefined): CatalogDifference[] =>
  compare(before && shown(before), after && shown(after), "");

const shown = ({ clusters, spec, allowUnknown }: EntryContent) => ({ clusters, spec, allow_unknown: allowUnknown });

const compare = (before: unknown, after: unknown, path: string): CatalogDifference[] => {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  // At the top, also an entry that is created or deleted is shown by its fields.
  const [one, other] = path === "" ? [before ?? {}, after ?? {}] : [before, after];
  if (isMap(one) && isMap(other)) {
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return names.flatMap((name) => compare(field(one, name), field(other, name), below(path, name)));
  }
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length)
    return one.flatMap((item, index) => compare(item, other[index], below(path, String(index))));
  return [{ path, ...(one === undefined ? {} : { before: one }), ...(other === undefined ? {} : { after: other }) }];
};

const below = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

const field = (map: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(map, name) ? map[name] : undefined;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

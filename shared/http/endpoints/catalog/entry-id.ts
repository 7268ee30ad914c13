import { CatalogKindName, isNamespaced, ObjectName } from "../../../contract/catalog.ts";
import { check } from "../../../contract/check.ts";
import type { Fault } from "../../../contract/problems.ts";
import type { EntryId } from "../../../policies/catalog/entry.ts";
import type { Call } from "../../handler.ts";
import { badRequest } from "../../problem.ts";
import type { ApiRequest } from "../../request.ts";

/**
 * The faults of the kind and name in a path and of the namespace in the query, for a request that reports them together with
 * others. A namespace with faults of its own is not looked at.
 */
export const entryIdFaults = ({ id }: Pick<Call, "id">, { query }: ApiRequest): Fault[] => {
  const { kind, name } = partsOf(id);
  const checkedKind = check(CatalogKindName, kind, "path.kind");
  const checkedName = check(ObjectName, name, "path.name");
  const namespace = query.parameters.has("namespace");
  return [
    ...(checkedKind.ok ? [] : checkedKind.faults),
    ...(checkedName.ok ? [] : checkedName.faults),
    ...(checkedKind.ok && isNamespaced(checkedKind.value) !== namespace
      ? [
          {
            path: "query.namespace",
            message: namespace ? `must be absent: a ${kind} has no namespace` : `is required for a ${kind}`,
          },
        ]
      : []),
  ];
};

/** The entry that a path and a namespace name. Throws a 400 if they name none. */
export const entryIdOf = ({ id }: Pick<Call, "id">, namespace: string | undefined): EntryId => {
  const { kind, name } = partsOf(id);
  const checked = check(CatalogKindName, kind, "path.kind");
  if (!checked.ok) throw badRequest(checked.faults);
  return { kind: checked.value, name, namespace: namespace ?? null };
};

const partsOf = (id: string | undefined): { kind: string; name: string } => {
  const [kind = "", name = ""] = (id ?? "").split("/");
  return { kind, name };
};

import { ALL_CLUSTERS, type CatalogKind, isNamespaced } from "../../../contract/catalog.ts";
import type { DraftEntry } from "../../../contract/policy-requests.ts";
import type { Fault } from "../../../contract/problems.ts";
import { validateSpec } from "../../../policies/spec/validate.ts";
import type { PolicyEntry } from "../../../policies/types.ts";

/** A draft as an entry of the catalog. */
export const entryOfDraft = ({ kind, name, namespace, clusters, spec }: DraftEntry): PolicyEntry => ({
  kind,
  name,
  namespace: namespace ?? null,
  clusters: clusters ?? [ALL_CLUSTERS],
  spec,
});

/** The faults of a draft, at its path in the body. Fields that this server does not know are accepted, as `allow_unknown` accepts them. */
export const draftFaults = ({ kind, namespace, spec }: DraftEntry, path: string): Fault[] => [
  ...namespaceFaults(kind, namespace, path),
  ...validateSpec(kind, spec, { allowUnknown: true }).faults.map((fault) => ({
    ...fault,
    path: `${path}.${fault.path}`,
  })),
];

const namespaceFaults = (kind: CatalogKind, namespace: string | undefined, path: string): Fault[] =>
  isNamespaced(kind) === (namespace !== undefined)
    ? []
    : [
        {
          path: `${path}.namespace`,
          message: isNamespaced(kind) ? `is required for ${kind}` : `must be absent for ${kind}`,
        },
      ];

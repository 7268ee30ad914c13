import type { CatalogKind } from "../../shared/contract/catalog.ts";
import { fields, textOf } from "../sessions/fields.ts";
import { RESOURCES } from "./kinds.ts";
import type { CatalogObject, Entry, Stamp } from "./types.ts";

/** The label of every object that the agent applies. */
export const MANAGED_BY = "app.kubernetes.io/managed-by";
export const MANAGER = "mirrord-license-server";
/** How the API server's notes on fields name the agent. */
export const FIELD_MANAGER = "mirrord-license-agent";

const CATALOG_ID = "mirrord-license-server/catalog-id";
const REVISION = "mirrord-license-server/revision";
const GENERATION = "mirrord-license-server/generation";
const HASH = "mirrord-license-server/hash";

/** Undefined if the object has no stamp. A number that somebody broke counts as 0, so that it is written anew. */
export const stampOf = (annotations: unknown): Stamp | undefined => {
  const texts = fields(annotations);
  const catalogId = textOf(texts[CATALOG_ID]);
  if (catalogId === undefined) return undefined;
  return {
    catalogId,
    revision: numberOf(texts[REVISION]),
    generation: numberOf(texts[GENERATION]),
    hash: textOf(texts[HASH]) ?? "",
  };
};

const numberOf = (value: unknown): number =>
  typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : 0;

/** The object of an entry. With `over`, it replaces that one, and nothing that changed since. */
export const objectOf = (
  entry: Entry,
  { catalogId, revision }: Pick<Stamp, "catalogId" | "revision">,
  over?: CatalogObject,
): { apiVersion: string; kind: CatalogKind; metadata: object; spec: unknown } => ({
  apiVersion: RESOURCES[entry.kind].apiVersion,
  kind: entry.kind,
  metadata: {
    name: entry.name,
    ...(entry.namespace === null ? {} : { namespace: entry.namespace }),
    // Without the finalizers of others, an object could go before they have done their work.
    ...(over === undefined
      ? {}
      : { resourceVersion: over.resourceVersion, uid: over.uid, finalizers: [...over.finalizers] }),
    labels: { [MANAGED_BY]: MANAGER },
    annotations: {
      [CATALOG_ID]: catalogId,
      [REVISION]: String(revision),
      [GENERATION]: String(entry.generation),
      [HASH]: entry.hash,
    },
  },
  spec: entry.spec,
});

import type { CatalogKind } from "../../shared/contract/catalog.ts";
import type { EpochMs } from "../../shared/contract/time.ts";
import { describeKube, type Kube } from "../kube/kube.ts";
import { fields, list, textOf, timeOf } from "../sessions/fields.ts";
import { listAll } from "../watch/list.ts";
import { KINDS, listPath, RESOURCES } from "./kinds.ts";
import { FIELD_MANAGER, MANAGED_BY, MANAGER, stampOf } from "./stamp.ts";
import { type CatalogObject, keyOf, type View, type Views } from "./types.ts";

// The largest entries are 32 KiB.
const PAGE_SIZE = 100;

/** Lists the objects of all kinds, as they are and not as a cache has them. */
export const observe = async (kube: Kube, now: () => EpochMs, signal: AbortSignal): Promise<Views> => {
  const views: Partial<Record<CatalogKind, View>> = {};
  for (const kind of KINDS) views[kind] = await observeKind(kind, kube, now, signal);
  return views as Views;
};

const observeKind = async (kind: CatalogKind, kube: Kube, now: () => EpochMs, signal: AbortSignal): Promise<View> => {
  const listing = await listAll({ kube, path: listPath(kind), pageSize: PAGE_SIZE, now, onAnswer: () => {}, signal });
  if (listing.kind === "missing") return { kind: "missing" };
  if (listing.kind === "failed") {
    const { outcome } = listing;
    const isForbidden = outcome.kind === "answer" && outcome.status === 403;
    const hint = isForbidden ? `. Grant list on ${RESOURCES[kind].name}` : "";
    return { kind: "unreadable", state: isForbidden ? "forbidden" : "failed", detail: describeKube(outcome) + hint };
  }
  const objects = listing.objects.flatMap((raw) => readObject(kind, raw));
  return { kind: "listed", objects: new Map(objects.map((object) => [keyOf(object), object])) };
};

/** The object of a list; none if it has no name or uid, which no API server writes. */
export const readObject = (kind: CatalogKind, raw: unknown): CatalogObject[] => {
  const { metadata, spec } = fields(raw);
  const meta = fields(metadata);
  const name = textOf(meta["name"]);
  const uid = textOf(meta["uid"]);
  const resourceVersion = textOf(meta["resourceVersion"]);
  if (name === undefined || uid === undefined || resourceVersion === undefined) return [];
  return [
    {
      ...{ kind, name, uid, resourceVersion, spec },
      namespace: textOf(meta["namespace"]) ?? null,
      generation: typeof meta["generation"] === "number" ? meta["generation"] : 0,
      finalizers: list(meta["finalizers"]).flatMap((each) => textOf(each) ?? []),
      isTerminating: meta["deletionTimestamp"] != null,
      stamp: stampOf(meta["annotations"]),
      isLabelled: fields(meta["labels"])[MANAGED_BY] === MANAGER,
      otherManager: otherManagerOf(meta["managedFields"]),
    },
  ];
};

/** Who other than the agent wrote the object last. */
const otherManagerOf = (managedFields: unknown): string | undefined => {
  const others = list(managedFields)
    .map(fields)
    .map(({ manager, time }) => ({ manager: textOf(manager), time: timeOf(time) ?? 0 }))
    .filter(({ manager }) => manager !== undefined && manager !== FIELD_MANAGER);
  return others.reduce<(typeof others)[number] | undefined>(
    (latest, each) => (latest === undefined || each.time >= latest.time ? each : latest),
    undefined,
  )?.manager;
};

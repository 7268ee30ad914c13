import type { CatalogKind, EntryState } from "../../shared/contract/catalog.ts";
import type { EpochMs } from "../../shared/contract/time.ts";

/** What names an object. `namespace` is null for a kind without namespaces. */
export type Name = { kind: CatalogKind; name: string; namespace: string | null };

/** An entry of the catalog, as this cluster must have it. `hash` is the server's, and changes with the content. */
export type Entry = Name & { generation: number; spec: unknown; hash: string };

/** What the catalog has for one cluster. `remove` names the only objects that may be removed. */
export type CatalogSet = {
  catalog_id: string;
  revision: number;
  entries: readonly Entry[];
  remove: readonly (Name & { generation: number })[];
};

/** What the agent notes on an object: whose it is, and which entry it was made of. */
export type Stamp = { catalogId: string; revision: number; generation: number; hash: string };

/** An object of the cluster. */
export type CatalogObject = Name & {
  uid: string;
  resourceVersion: string;
  /** `metadata.generation`, which changes with every change of the spec. */
  generation: number;
  spec: unknown;
  finalizers: readonly string[];
  /** It was deleted, and something holds it back. */
  isTerminating: boolean;
  /** Undefined: the object is not of any catalog. */
  stamp: Stamp | undefined;
  /** Whether it has the label of objects that this project manages. */
  isLabelled: boolean;
  /** Who else wrote it last, as the API server noted it. */
  otherManager: string | undefined;
};

/** What the API server says of a kind. `missing`: the cluster does not have it. */
export type View =
  | { kind: "listed"; objects: ReadonlyMap<string, CatalogObject> }
  | { kind: "missing" }
  | { kind: "unreadable"; state: "forbidden" | "failed"; detail: string };

export type Views = Readonly<Record<CatalogKind, View>>;

/** Why an entry is not applied. `orphaned`: an object of the catalog that neither its entries nor its removals name. */
export type Trouble = Exclude<EntryState, "duplicate_name">;

/** How an entry is in the cluster. `inForce` is the generation that the cluster has, or null. */
export type Verdict = { state: "applied" | Trouble; inForce: number | null; message?: string };

/** The cluster refused this generation of an entry. It is not tried again before `retryAt`. */
export type Refusal = { generation: number; hash: string; state: Trouble; message: string; retryAt: EpochMs };

/** What the agent knows of an entry beside what the cluster shows. */
export type Memory = {
  /** What the agent wrote or checked last. Another uid or generation of the object is a change by somebody else. */
  known?: { uid: string; generation: number; entry: Entry };
  /** When the last changes by others were put right, oldest first. */
  repairs: readonly EpochMs[];
  /** Others change it again and again. It is put right once an hour. */
  isContested: boolean;
  /** Who made the last change that was put right, where the API server noted it. */
  otherManager?: string;
  refusals: readonly Refusal[];
};

export type Action =
  | { type: "create"; entry: Entry; isRepair: boolean }
  | { type: "replace"; entry: Entry; object: CatalogObject; isRepair: boolean }
  /** Whether the object is as the entry says, which nobody remembers. */
  | { type: "check"; entry: Entry; object: CatalogObject };

export type Decision = { kind: "act"; action: Action } | { kind: "rest"; verdict: Verdict };

/** What came of a call. */
export type WriteOutcome =
  /** The object as it is now. */
  | { kind: "written"; uid: string; generation: number }
  /** A check found the object as it must be, or different. */
  | { kind: "same" }
  | { kind: "different" }
  /** Somebody else changed, created or deleted the object since it was listed. */
  | { kind: "overtaken" }
  /** The API server does not accept the entry. */
  | { kind: "refused"; state: Trouble; message: string }
  /** The API server cannot answer at present. Nothing else is tried before `retryMs`, in milliseconds, if it says so. */
  | { kind: "unavailable"; message: string; retryMs?: number };

/** How long the catalog waits, in milliseconds. */
export type CatalogWaits = {
  /** Between two looks at the objects of the cluster. */
  passMs: number;
  /** After a look that the API server could not answer. */
  retryMs: number;
  /** After an entry whose namespace does not exist. */
  pendingMs: number;
  /** After an entry that the cluster refused. */
  refusedMs: number;
  /** Three repairs within this time are a fight. */
  fightMs: number;
  /** Between two repairs in a fight. */
  contestedMs: number;
  /** Between two fetches of a set that has not changed. */
  fetchMs: number;
  /** Between two reports of a status that has not changed. */
  statusMs: number;
};

export const keyOf = ({ kind, namespace, name }: Name): string => `${kind}/${namespace ?? ""}/${name}`;

import type { CatalogState, CatalogStatusInput, EntryState } from "../../contract/catalog.ts";
import { CATALOG_STATUS_PARTITION, catalogStatusKey, ITEM_VERSION } from "../../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../../contract/time.ts";
import type { Item, Table, Write } from "../../store/table.ts";
import { cut } from "./cut.ts";
import type { EntryId } from "./entry.ts";

/** A name of a cluster, and the catalog's revision when its agent first fetched its set under that name. */
export type KnownName = { name: string | undefined; from: number };

/** An object that is left in a cluster although the catalog has no such entry. */
export type LeftObject = EntryId & { generation: number };

/** An entry that is not applied in a cluster, as its agent reported it. */
export type EntryStatus = EntryId & {
  state: EntryState;
  generationInForce: number | undefined;
  message: string | undefined;
  since: EpochMs;
};

/** What the agent of a cluster reported last. */
export type ReportedStatus = {
  catalogId: string;
  revision: number;
  state: CatalogState;
  stateSince: EpochMs;
  reportedAt: EpochMs;
  entries: readonly EntryStatus[];
};

/** What is known of a cluster whose agent applies the catalog. */
export type ClusterRecord = {
  clusterId: string;
  /** The oldest first, at most the last 20. Empty before the agent first fetched its set. */
  names: readonly KnownName[];
  /** An admin's request to remove what is orphaned. It is forgotten once the cluster has another name. */
  pruned: { revision: number; left: readonly LeftObject[] } | undefined;
  status: ReportedStatus | undefined;
};

/** A cluster that is silent for longer is forgotten. Its objects stay. */
const KEPT_DAYS = 400;
const MAX_NAMES = 20;

export const readClusterRecord = async (
  table: Pick<Table, "get">,
  clusterId: string,
  options: { consistent: boolean },
): Promise<ClusterRecord> => {
  const item = await table.get(catalogStatusKey(clusterId), options);
  return item === undefined ? { clusterId, names: [], pruned: undefined, status: undefined } : recordFrom(item);
};

/** The clusters whose agents have fetched their set or reported a status, by their ids. */
export const listClusterRecords = async (table: Pick<Table, "query">): Promise<ClusterRecord[]> =>
  (await table.query({ partition: CATALOG_STATUS_PARTITION })).map(recordFrom);

export const currentName = ({ names }: Pick<ClusterRecord, "names">): string | undefined => names.at(-1)?.name;

const recordFrom = (item: Item): ClusterRecord => ({
  clusterId: String(item["sk"]),
  names: ((item["names"] ?? []) as { name?: string; from: number }[]).map(({ name, from }) => ({ name, from })),
  pruned:
    item["prunedAt"] === undefined
      ? undefined
      : { revision: Number(item["prunedAt"]), left: ((item["left"] ?? []) as StoredLeft[]).map(leftFrom) },
  status: item["state"] === undefined ? undefined : statusFrom(item),
});

type StoredLeft = Omit<LeftObject, "namespace"> & { namespace?: string };
const leftFrom = ({ namespace, ...rest }: StoredLeft): LeftObject => ({ ...rest, namespace: namespace ?? null });

type StoredStatus = {
  kind: EntryId["kind"];
  name: string;
  namespace?: string;
  state: EntryState;
  generation?: number;
  message?: string;
  since: EpochMs;
};

const statusFrom = (item: Item): ReportedStatus => ({
  catalogId: String(item["catalogId"]),
  revision: Number(item["revision"]),
  state: String(item["state"]) as CatalogState,
  stateSince: Date.parse(String(item["stateSince"])),
  reportedAt: Date.parse(String(item["reportedAt"])),
  entries: ((item["entries"] ?? []) as StoredStatus[]).map(({ namespace, generation, message, ...rest }) => ({
    ...rest,
    namespace: namespace ?? null,
    generationInForce: generation,
    message,
  })),
});

const expiresAt = (now: EpochMs): number => Math.floor((now + KEPT_DAYS * DAY_MS) / SECOND_MS);

/**
 * Notes the name under which a cluster fetches its set. It writes only if the name is new; a request to prune then ends, because
 * the admin made it for the name before. Returns the record in force.
 */
export const noteName = async (
  table: Table,
  record: ClusterRecord,
  name: string | undefined,
  revision: number,
  now: EpochMs,
): Promise<ClusterRecord> => {
  if (record.names.length > 0 && currentName(record) === name) return record;
  const names = [...record.names, { name, from: revision }].slice(-MAX_NAMES);
  const { outcome } = await table.write({
    kind: "update",
    key: catalogStatusKey(record.clusterId),
    update: {
      expression: "SET #v = :v, #names = :names, #expires = :expires REMOVE prunedAt, #left",
      names: { "#v": "v", "#names": "names", "#expires": "expiresAt", "#left": "left" },
      values: { ":v": ITEM_VERSION, ":names": names.map(storedName), ":expires": expiresAt(now) },
    },
    condition:
      record.names.length === 0
        ? { expression: "attribute_not_exists(#names)", names: { "#names": "names" } }
        : {
            expression: "#names = :before",
            names: { "#names": "names" },
            values: { ":before": record.names.map(storedName) },
          },
  });
  if (outcome === "written") return { ...record, names, pruned: undefined };
  // Another request of the agent noted it first.
  return readClusterRecord(table, record.clusterId, { consistent: true });
};

const storedName = ({ name, from }: KnownName) => ({ ...(name === undefined ? {} : { name }), from });

/**
 * Stores what an agent reports. One write, or two if the catalog's state in the cluster changed: the time since when it is in that
 * state is kept.
 */
export const recordStatus = async (
  table: Table,
  clusterId: string,
  status: CatalogStatusInput,
  now: EpochMs,
): Promise<void> => {
  const stayed = await table.write(statusWrite(clusterId, status, now, false));
  if (stayed.outcome === "refused") await table.write(statusWrite(clusterId, status, now, true));
};

const statusWrite = (
  clusterId: string,
  { catalog_id, revision, state, entries }: CatalogStatusInput,
  now: EpochMs,
  isNewState: boolean,
): Extract<Write, { kind: "update" }> => ({
  kind: "update",
  key: catalogStatusKey(clusterId),
  update: {
    expression: `SET #v = :v, catalogId = :catalog, revision = :revision, #state = :state, #entries = :entries, reportedAt = :now, #expires = :expires${isNewState ? ", stateSince = :now" : ""}`,
    names: { "#v": "v", "#state": "state", "#entries": "entries", "#expires": "expiresAt" },
    values: {
      ":v": ITEM_VERSION,
      ":catalog": catalog_id,
      ":revision": revision,
      ":state": state,
      ":entries": entries.map(storedStatus),
      ":now": formatTime(now),
      ":expires": expiresAt(now),
    },
  },
  ...(isNewState ? {} : { condition: { expression: "#state = :state" } }),
});

const storedStatus = ({
  kind,
  name,
  namespace,
  state,
  generation_in_force,
  message,
  since,
}: CatalogStatusInput["entries"][number]): StoredStatus => ({
  kind,
  name,
  state,
  since,
  ...(namespace === undefined ? {} : { namespace }),
  ...(generation_in_force === undefined ? {} : { generation: generation_in_force }),
  ...(message === undefined ? {} : { message: cut(message, MAX_MESSAGE_BYTES) }),
});

/** With the most entries, names and pruned objects, the record stays below the 400 KB of an item. */
const MAX_MESSAGE_BYTES = 512;

/** The write that asks a cluster's agent to remove what is orphaned there. Its condition is that the name is still the same. */
export const pruneWrite = (
  record: ClusterRecord,
  revision: number,
  left: readonly LeftObject[],
): Extract<Write, { kind: "update" }> => ({
  kind: "update",
  key: catalogStatusKey(record.clusterId),
  update: {
    expression: "SET prunedAt = :revision, #left = :left",
    names: { "#left": "left" },
    values: {
      ":revision": revision,
      ":left": left.map(({ namespace, ...rest }) => ({ ...rest, ...(namespace === null ? {} : { namespace }) })),
    },
  },
  condition:
    record.names.length === 0
      ? { expression: "attribute_exists(pk) AND attribute_not_exists(#names)", names: { "#names": "names" } }
      : {
          expression: "#names = :before",
          names: { "#names": "names" },
          values: { ":before": record.names.map(storedName) },
        },
});

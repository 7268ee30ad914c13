import type { CatalogEntryAnswer, CatalogStatusResponse } from "../../shared/contract/catalog-answers.ts";
import { matchesGlob } from "../../shared/patterns/glob.ts";

export type Entry = CatalogEntryAnswer;
export type ClusterStatus = CatalogStatusResponse["clusters"][number];
export type EntryStatus = CatalogStatusResponse["entries"][number];

/** Where an entry is, in one cluster. */
export type Place = {
  clusterId: string;
  cluster: string | null;
  /** `applied`, a state of the entry or a state of the cluster. */
  state: EntryStatus["state"] | ClusterStatus["state"];
  since: string | null;
  generationInForce: number | null;
  message: string | null;
};

/** The states of the clusters that an entry is for, and of those where it is orphaned. */
export const placesOf = (entry: Entry, { clusters, entries }: CatalogStatusResponse): Place[] =>
  clusters.flatMap((cluster): Place[] => {
    const own = entries.find(
      (each) =>
        each.cluster_id === cluster.cluster_id &&
        each.kind === entry.kind &&
        each.namespace === entry.namespace &&
        each.name === entry.name,
    );
    if (own === undefined && !isFor(entry.clusters, cluster)) return [];
    const shown = { clusterId: cluster.cluster_id, cluster: cluster.cluster };
    // An entry's own state was reported with an older catalog if the cluster has not fetched the current one.
    if (cluster.state !== "applied" || own === undefined)
      return [
        {
          ...shown,
          state: cluster.state,
          since: cluster.since,
          generationInForce: cluster.state === "applied" ? entry.generation : (own?.generation_in_force ?? null),
          message: own?.message ?? null,
        },
      ];
    const { state, since, generation_in_force: generationInForce, message } = own;
    return [{ ...shown, state, since, generationInForce, message }];
  });

const BY_ID = "id:";

const isFor = (globs: readonly string[], { cluster_id: id, cluster }: ClusterStatus): boolean =>
  globs.some((glob) => {
    if (glob === "*") return true;
    if (glob.startsWith(BY_ID)) return glob.slice(BY_ID.length) === id;
    return cluster !== null && matchesGlob(glob, cluster);
  });

export type Tone = "good" | "warn" | "bad" | "plain";

/** States that time alone resolves. */
const TEMPORARY: readonly Place["state"][] = ["behind", "pending", "waiting", "never_reported"];

export const toneOf = (state: Place["state"]): Tone => {
  if (state === "applied") return "good";
  return TEMPORARY.includes(state) ? "warn" : "bad";
};

/** What a state means, and what to do about it. */
export const STATE_MEANINGS: Readonly<Record<Place["state"], string>> = {
  applied: "In force.",
  behind: "The agent has not fetched the latest change. It does so after its next heartbeat.",
  silent: "No heartbeat arrives from this cluster. What was in force stays in force.",
  never_reported: "The agent has not reported yet.",
  catalog_went_back: "The catalog is older than what the cluster has. Run license-server policy accept.",
  other_catalog: "The cluster has objects of another license server's catalog.",
  away: "The agent cannot reach this server.",
  pending: "The namespace does not exist in the cluster.",
  waiting: "A profile that the policy needs is not applied yet.",
  unsupported: "The cluster's mirrord is too old for this entry.",
  conflict: "An object of this name exists that this server did not make. Delete it, or rename the entry.",
  contested: "Another tool changes the object again and again.",
  orphaned: "The entry is no longer for this cluster. Run license-server policy prune.",
  forbidden: "The agent may not write this kind of object. Upgrade its chart.",
  failed: "The cluster refused the object.",
  duplicate_name: "Another cluster has the same name. Both get the entry.",
};

export type Summary = { tone: Tone; text: string };

/** In how many clusters an entry is in force. */
export const summaryOf = (places: readonly Place[]): Summary => {
  const applied = places.filter(({ state }) => state === "applied").length;
  if (places.length === 0) return { tone: "plain", text: "no cluster" };
  const tones = places.map(({ state }) => toneOf(state));
  const tone = tones.includes("bad") ? "bad" : tones.includes("warn") ? "warn" : "good";
  return { tone, text: `${applied} of ${places.length}` };
};

/** Whether something is still on its way, so that it is worth looking often. */
export const isMoving = ({ clusters, entries }: CatalogStatusResponse): boolean =>
  [...clusters, ...entries].some(({ state }) => TEMPORARY.includes(state));

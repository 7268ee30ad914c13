import type { EpochMs } from "../../shared/contract/time.ts";
import { RESOURCES } from "./kinds.ts";
import type {
  Action,
  CatalogObject,
  CatalogWaits,
  Decision,
  Entry,
  Memory,
  Refusal,
  Trouble,
  Verdict,
  View,
} from "./types.ts";

export type DecisionFacts = {
  entry: Entry;
  catalogId: string;
  /** What the cluster has of the entry's kind. */
  view: View;
  object: CatalogObject | undefined;
  memory: Memory;
  /** Profiles that the entry names, that this cluster must have, and that it does not have. */
  missingProfiles: readonly string[];
  now: EpochMs;
  waits: CatalogWaits;
};

/** What an entry needs in the cluster: one call, or nothing at present. */
export const decide = (facts: DecisionFacts): Decision => {
  const { entry, view, object, memory } = facts;
  const { known } = memory;
  if (view.kind === "missing")
    return rest("unsupported", null, `This cluster does not have ${RESOURCES[entry.kind].name}.`);
  if (view.kind === "unreadable") return rest(view.state, known?.entry.generation ?? null, view.detail);
  if (object !== undefined && object.stamp?.catalogId !== facts.catalogId)
    return rest("conflict", null, ownerOf(object));
  if (object?.isTerminating === true) return rest("pending", object.stamp?.generation ?? null, BEING_DELETED);
  const obstacle = obstacleOf(facts);
  if (known === undefined) {
    if (obstacle !== undefined) return { kind: "rest", verdict: obstacle };
    if (object !== undefined && isOf(object, entry)) return act({ type: "check", entry, object });
    return act(write(entry, object, false));
  }
  if (!isSame(known.entry, entry) && obstacle === undefined) return act(write(entry, object, false));
  // From here on, the cluster must have what it took last.
  if (isUntouched(object, memory)) {
    if (obstacle !== undefined) return { kind: "rest", verdict: obstacle };
    return isFighting(facts) ? contested(facts, entry.generation) : rest("applied", entry.generation);
  }
  const refusal = refusalOf(facts, known.entry);
  if (refusal !== undefined) return rest(refusal.state, null, refusal.message);
  return isFighting(facts) ? contested(facts, null) : act(write(known.entry, object, true));
};

/** Why the entry cannot be written at present. */
const obstacleOf = (facts: DecisionFacts): Verdict | undefined => {
  const { entry, object, memory, missingProfiles } = facts;
  const inForce = object?.stamp?.generation ?? null;
  const refusal = refusalOf(facts, entry);
  if (refusal !== undefined) return { state: refusal.state, inForce, message: refusal.message };
  const isInForce = (memory.known !== undefined && isSame(memory.known.entry, entry)) || isOf(object, entry);
  if (missingProfiles.length === 0 || isInForce) return undefined;
  const message = `Waits for profiles that this cluster does not have: ${missingProfiles.join(", ")}.`;
  return { state: "waiting", inForce, message };
};

/** The refusal of an entry that the cluster gave a short time ago. */
const refusalOf = ({ memory, now }: DecisionFacts, entry: Entry): Refusal | undefined =>
  memory.refusals.find((refusal) => isSame(refusal, entry) && now < refusal.retryAt);

/** Whether the object is as the agent left it. */
const isUntouched = (object: CatalogObject | undefined, { known }: Memory): boolean =>
  known !== undefined &&
  object?.uid === known.uid &&
  object.generation === known.generation &&
  object.isLabelled &&
  isOf(object, known.entry);

/** Whether the object was made of this generation of the entry. */
const isOf = (object: CatalogObject | undefined, entry: Entry): boolean =>
  object?.stamp !== undefined && isSame(object.stamp, entry);

type Version = { generation: number; hash: string };

/** Whether both are the same generation of an entry. */
export const isSame = (a: Version, b: Version): boolean => a.generation === b.generation && a.hash === b.hash;

/** Whether a fight lasts: it ends when the object stays as it is for as long as the pause between two repairs. */
export const isFighting = ({ memory, now, waits }: Pick<DecisionFacts, "memory" | "now" | "waits">): boolean => {
  const last = memory.repairs.at(-1);
  return memory.isContested && last !== undefined && now - last < waits.contestedMs;
};

const contested = ({ object, memory }: DecisionFacts, inForce: number | null): Decision => {
  const who = object?.otherManager ?? memory.otherManager ?? "Somebody";
  return rest("contested", inForce, `${who} changes it again and again. The agent puts it right once an hour.`);
};

const BEING_DELETED = "The object is being deleted.";

const ownerOf = ({ stamp, otherManager }: CatalogObject): string => {
  if (stamp !== undefined) return `The cluster has an object of this name of another catalog, ${stamp.catalogId}.`;
  const who = otherManager === undefined ? "" : `, which ${otherManager} manages`;
  return `The cluster has an object of this name${who}. Delete it, or rename the entry.`;
};

const rest = (state: "applied" | Trouble, inForce: number | null, message?: string): Decision => ({
  kind: "rest",
  verdict: { state, inForce, ...(message === undefined ? {} : { message }) },
});

const act = (action: Action): Decision => ({ kind: "act", action });

const write = (entry: Entry, object: CatalogObject | undefined, isRepair: boolean): Action =>
  object === undefined ? { type: "create", entry, isRepair } : { type: "replace", entry, object, isRepair };

import { type CatalogKind, isPolicy } from "../../shared/contract/catalog.ts";
import type { EpochMs } from "../../shared/contract/time.ts";
import { fields, list, textOf } from "../sessions/fields.ts";
import { decide } from "./decide.ts";
import { KINDS } from "./kinds.ts";
import { afterCall, afterRest, NO_MEMORY } from "./memory.ts";
import {
  type Action,
  type CatalogObject,
  type CatalogSet,
  type CatalogWaits,
  type Entry,
  keyOf,
  type Memory,
  type Name,
  type Verdict,
  type Views,
  type WriteOutcome,
} from "./types.ts";
import type { Writer } from "./write.ts";

export type PassOptions = {
  set: CatalogSet;
  /** What the cluster has. */
  views: Views;
  /** By key of the entry. Changed by the pass. */
  memories: Map<string, Memory>;
  writer: Writer;
  now: () => EpochMs;
  waits: CatalogWaits;
  onCall?: (type: Action["type"] | "remove", outcome: WriteOutcome, isRepair: boolean) => void;
  signal: AbortSignal;
};

export type PassResult = {
  verdicts: readonly (Name & Verdict)[];
  /** When to look again, in milliseconds. */
  nextMs: number;
  /** The API server could not answer, so that some of the work is left. */
  unavailable?: string;
};

/**
 * Brings the objects of the set's catalog to what the set says: profiles, policies, then what must go, in the reverse order.
 * Nothing else is touched, and each call is made only for what is still as it was listed.
 */
export const runPass = async (options: PassOptions): Promise<PassResult> => {
  const { set, views, memories, writer, now, waits, onCall = () => {}, signal } = options;
  const verdicts = new Map<string, Name & Verdict>();
  let nextMs = waits.passMs;
  let unavailable: string | undefined;
  /** Some call did not come to its end, so that what it would have replaced may still be in use. */
  let isUnsettled = false;

  const objectAt = (key: string, kind: CatalogKind): CatalogObject | undefined => {
    const view = views[kind];
    return view.kind === "listed" ? view.objects.get(key) : undefined;
  };
  const lookSoon = (ms: number): void => {
    nextMs = Math.min(nextMs, ms);
  };
  const isOver = (): boolean => unavailable !== undefined || signal.aborted;

  /** Notes what came of a call, and returns whether it is settled. */
  const settle = (outcome: WriteOutcome): boolean => {
    if (outcome.kind === "overtaken") lookSoon(waits.retryMs);
    if (outcome.kind === "unavailable") {
      unavailable = outcome.message;
      nextMs = Math.max(waits.retryMs, outcome.retryMs ?? 0);
    }
    const isSettled = outcome.kind !== "overtaken" && outcome.kind !== "unavailable";
    isUnsettled ||= !isSettled;
    return isSettled;
  };

  const makeCall = async (action: Action, key: string): Promise<Verdict> => {
    const before = objectAt(key, action.entry.kind)?.stamp?.generation ?? null;
    if (isOver()) {
      isUnsettled = true;
      return { state: "pending", inForce: before, message: unavailable ?? "The agent stops." };
    }
    const outcome = await writer.write(action);
    onCall(action.type, outcome, action.type !== "check" && action.isRepair);
    memories.set(key, afterCall(memories.get(key) ?? NO_MEMORY, action, outcome, now(), waits));
    settle(outcome);
    switch (outcome.kind) {
      case "different":
        // Somebody changed it while the agent was away.
        return action.type === "check" ? makeCall({ ...action, type: "replace", isRepair: true }, key) : OVERTAKEN;
      case "written":
      case "same":
        return afterWrite(action.entry, key);
      case "overtaken":
        return action.type === "create"
          ? { state: "conflict", inForce: null, message: "Somebody else created an object of this name." }
          : { ...OVERTAKEN, inForce: before };
      case "refused":
        return { state: outcome.state, inForce: before, message: outcome.message };
      case "unavailable":
        return { state: "pending", inForce: before, message: outcome.message };
    }
  };

  /** What to say of an entry after a write: more than that it is applied if an older one was put back, or if others fight. */
  const afterWrite = (written: Entry, key: string): Verdict => {
    const memory = memories.get(key) ?? NO_MEMORY;
    const wanted = set.entries.find((entry) => keyOf(entry) === key);
    const refusal = wanted === written ? undefined : memory.refusals.at(-1);
    if (refusal !== undefined) return { state: refusal.state, inForce: written.generation, message: refusal.message };
    if (!memory.isContested) return { state: "applied", inForce: written.generation };
    const who = memory.otherManager ?? "Somebody";
    const message = `${who} changes it again and again. The agent puts it right once an hour.`;
    return { state: "contested", inForce: written.generation, message };
  };

  const apply = async (entry: Entry): Promise<void> => {
    const key = keyOf(entry);
    const memory = memories.get(key) ?? NO_MEMORY;
    const decision = decide({
      ...{ entry, memory, waits, catalogId: set.catalog_id, now: now() },
      view: views[entry.kind],
      object: objectAt(key, entry.kind),
      missingProfiles: isPolicy(entry.kind) ? missingProfiles(entry, verdicts) : [],
    });
    if (decision.kind === "rest") memories.set(key, afterRest(memory, now(), waits));
    const verdict = decision.kind === "rest" ? decision.verdict : await makeCall(decision.action, key);
    verdicts.set(key, { ...nameOf(entry), ...verdict });
  };

  const remove = async (name: Removal): Promise<void> => {
    const key = keyOf(name);
    const object = objectAt(key, name.kind);
    if (object === undefined || !isRemovable(object, name, set) || object.isTerminating) return;
    const inForce = object.stamp?.generation ?? null;
    // A policy that could not be replaced or removed may still need its profile.
    if (isOver() || (!isPolicy(name.kind) && isUnsettled)) {
      isUnsettled = true;
      verdicts.set(key, { ...nameOf(name), state: "pending", inForce, message: "The object is not removed yet." });
      return;
    }
    const outcome = await writer.remove(object);
    onCall("remove", outcome, false);
    if (!settle(outcome) && outcome.kind === "unavailable")
      verdicts.set(key, { ...nameOf(name), state: "pending", inForce, message: outcome.message });
    if (outcome.kind === "refused")
      verdicts.set(key, { ...nameOf(name), state: outcome.state, inForce, message: outcome.message });
  };

  const wanted = new Set(set.entries.map(keyOf));
  for (const key of memories.keys()) if (!wanted.has(key)) memories.delete(key);
  for (const kind of KINDS) for (const entry of set.entries) if (entry.kind === kind) await apply(entry);
  const removals = set.remove.filter((name) => !wanted.has(keyOf(name)));
  for (const kind of KINDS.toReversed()) for (const name of removals) if (name.kind === kind) await remove(name);
  const named = new Map(removals.map((removal) => [keyOf(removal), removal]));
  for (const object of ownObjects(views, set.catalog_id)) {
    const key = keyOf(object);
    const removal = named.get(key);
    if (wanted.has(key) || (removal !== undefined && isRemovable(object, removal, set))) continue;
    verdicts.set(key, { ...nameOf(object), state: "orphaned", inForce: object.stamp?.generation ?? null, ...ORPHANED });
  }
  return { verdicts: [...verdicts.values()], nextMs, ...(unavailable === undefined ? {} : { unavailable }) };
};

const OVERTAKEN: Verdict = {
  state: "pending",
  inForce: null,
  message: "The object has just changed. The agent looks again.",
};
const ORPHANED = { message: "The catalog no longer has this entry for this cluster. Remove it with policy prune." };

type Removal = CatalogSet["remove"][number];

// A later generation than the one to remove is of a catalog that went on.
const isRemovable = ({ stamp }: CatalogObject, { generation }: Removal, { catalog_id }: CatalogSet): boolean =>
  stamp?.catalogId === catalog_id && stamp.generation <= generation;

const nameOf = ({ kind, name, namespace }: Name): Name => ({ kind, name, namespace });

/** The cluster's objects of a catalog. */
export const ownObjects = (views: Views, catalogId: string): CatalogObject[] =>
  KINDS.flatMap((kind) => {
    const view = views[kind];
    return view.kind !== "listed"
      ? []
      : [...view.objects.values()].filter(({ stamp }) => stamp?.catalogId === catalogId);
  });

/** The profiles of an allow-list that the catalog has for this cluster and that the cluster does not have. */
const missingProfiles = ({ spec }: Entry, verdicts: ReadonlyMap<string, Name & Verdict>): string[] =>
  list(fields(spec)["profileAllowlist"]).flatMap((each) => {
    const reference = textOf(each);
    const verdict = reference === undefined ? undefined : verdicts.get(profileKey(reference));
    const isMissing = verdict !== undefined && verdict.inForce === null && verdict.state !== "contested";
    return reference !== undefined && isMissing ? [reference] : [];
  });

/** `name` is a profile of the cluster, `namespace/name` one of a namespace. */
const profileKey = (reference: string): string => {
  const slash = reference.indexOf("/");
  return slash < 0
    ? keyOf({ kind: "MirrordClusterProfile", namespace: null, name: reference })
    : keyOf({ kind: "MirrordProfile", namespace: reference.slice(0, slash), name: reference.slice(slash + 1) });
};

import type { EpochMs } from "../../shared/contract/time.ts";
import { isFighting, isSame } from "./decide.ts";
import type { Action, CatalogWaits, Entry, Memory, Refusal, Trouble, WriteOutcome } from "./types.ts";

export const NO_MEMORY: Memory = { repairs: [], isContested: false, refusals: [] };

/** So many repairs within `fightMs` are a fight. */
const FIGHT = 3;

/** The memory after a call. */
export const afterCall = (
  memory: Memory,
  action: Action,
  outcome: WriteOutcome,
  now: EpochMs,
  waits: CatalogWaits,
): Memory => {
  const { entry } = action;
  if (outcome.kind === "refused") {
    const { state, message } = outcome;
    const { generation, hash } = entry;
    const refusal = { generation, hash, state, message, retryAt: now + waitOf(state, waits) };
    return { ...memory, refusals: [...othersThan(memory.refusals, entry), refusal].slice(-MOST_REFUSALS) };
  }
  const found = outcome.kind === "same" && action.type === "check" ? action.object : undefined;
  const left = outcome.kind === "written" ? outcome : found;
  if (left === undefined) return memory;
  const { uid, generation } = left;
  const next = { ...memory, refusals: othersThan(memory.refusals, entry), known: { uid, generation, entry } };
  return action.type !== "check" && action.isRepair ? afterRepair(next, action, now, waits) : next;
};

// Of the entry, and of the older one that is in force.
const MOST_REFUSALS = 2;

/** The memory after an entry was found as it must be. Repairs that count no more are forgotten, and a fight that is over. */
export const afterRest = (memory: Memory, now: EpochMs, waits: CatalogWaits): Memory => {
  if (memory.isContested) return isFighting({ memory, now, waits }) ? memory : { ...memory, ...NO_FIGHT };
  const repairs = memory.repairs.filter((at) => now - at < waits.fightMs);
  return repairs.length === memory.repairs.length ? memory : { ...memory, repairs };
};

const NO_FIGHT = { isContested: false, repairs: [] };

const afterRepair = (memory: Memory, action: Action, now: EpochMs, waits: CatalogWaits): Memory => {
  const repairs = [...memory.repairs, now].slice(-FIGHT);
  const manager = action.type === "create" ? undefined : action.object.otherManager;
  const isFight = repairs.length === FIGHT && repairs.every((at) => now - at < waits.fightMs);
  return {
    ...memory,
    ...(manager === undefined ? {} : { otherManager: manager }),
    repairs,
    isContested: memory.isContested || isFight,
  };
};

const othersThan = (refusals: readonly Refusal[], entry: Entry): Refusal[] =>
  refusals.filter((refusal) => !isSame(refusal, entry));

const waitOf = (state: Trouble, { pendingMs, refusedMs }: CatalogWaits): number =>
  state === "pending" ? pendingMs : refusedMs;

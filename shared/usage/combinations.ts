import { createHash } from "node:crypto";
import { combinationsKey, ITEM_VERSION } from "../contract/keys.ts";
import { DAY_MS, SECOND_MS, startOf } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import type { Combination, MachineUse } from "./row.ts";

/** For how many combinations of kind, provider, pipeline, environment and trigger a day has rows. */
const MOST_COMBINATIONS = 500;
/** Days of which a process remembers the combinations. */
const MOST_DAYS = 40;

/** As what the sessions of all further combinations of a day are counted. */
export const OTHER: Combination = { provider: "other", pipeline: "other", environment: "other", trigger: "other" };

/** That nothing is known of a run. */
export const NO_RUN: Combination = { provider: "", pipeline: "", environment: "", trigger: "" };

/** The same without what triggered the run, which may be a person. */
export const withoutTrigger = <T extends Partial<Combination>>(run: T): T =>
  run.trigger === undefined || isOther(run) ? run : { ...run, trigger: "" };

const isOther = (run: Partial<Combination>): boolean =>
  Object.entries(OTHER).every(([field, text]) => run[field as keyof Combination] === text);

/** Whether a day has rows for this combination. Once it has, it keeps them. */
export type AdmitCombination = (day: string, use: MachineUse) => Promise<boolean>;

/** The name of a combination: 48 bits of a hash, since five hundred of them must fit into an item. */
export const combinationName = ({ kind, provider, pipeline, environment, trigger }: MachineUse): string =>
  createHash("sha256")
    .update(JSON.stringify([kind, provider, pipeline, environment, trigger]))
    .digest("base64url")
    .slice(0, 8);

type KnownDay = { names: Set<string>; full: boolean; asked: Map<string, Promise<boolean>> };

/**
 * Notes the combinations of a day, up to a bound. A process writes each once, also when many sessions of one ask at the same time,
 * so it costs next to nothing.
 */
export const admitCombinations = (table: Table, retentionDays: number): AdmitCombination => {
  const days = new Map<string, KnownDay>();
  const note = async (day: string, name: string, known: KnownDay): Promise<boolean> => {
    const outcome = await table.write({
      kind: "update",
      key: combinationsKey(day),
      update: {
        expression:
          "SET v = :v, expiresAt = :expires, combinations = list_append(if_not_exists(combinations, :none), :one)",
        values: {
          ":v": ITEM_VERSION,
          ":expires": Math.floor((startOf(day) + retentionDays * DAY_MS) / SECOND_MS),
          ":none": [],
          ":one": [name],
        },
      },
      condition: {
        expression:
          "attribute_not_exists(combinations) OR (NOT contains(combinations, :name) AND size(combinations) < :most)",
        values: { ":name": name, ":most": MOST_COMBINATIONS },
      },
    });
    const item = outcome.outcome === "written" ? outcome.item : outcome.found;
    for (const one of (item?.["combinations"] ?? []) as string[]) known.names.add(one);
    known.full = known.names.size >= MOST_COMBINATIONS;
    return known.names.has(name);
  };
  return async (day, use) => {
    const name = combinationName(use);
    if (isOther(use)) return true;
    const known = days.get(day) ?? { names: new Set(), full: false, asked: new Map() };
    if (known.names.has(name)) return true;
    if (known.full) return false;
    if (!days.has(day) && days.size >= MOST_DAYS) days.clear();
    days.set(day, known);
    const asked = known.asked.get(name) ?? note(day, name, known).finally(() => known.asked.delete(name));
    known.asked.set(name, asked);
    return asked;
  };
};

import { ITEM_VERSION, usersPartition } from "../../contract/keys.ts";
import type { Item, Table } from "../../store/table.ts";
import { disguisedAudit } from "./kinds.ts";
import type { Disguise } from "./person.ts";

/** Disguises whom an audit row is about; what was done, and when, stays. */
export const eraseAudit = async (table: Table, item: Item, disguise: Disguise): Promise<boolean> => {
  const outcome = await table.write({
    kind: "put",
    item: { ...disguisedAudit(item, disguise), ...keyOf(item) },
    condition: { expression: "attribute_exists(pk)" },
  });
  return outcome.outcome === "written";
};

/** Moves the first day of a user under the pseudonym; where that has one already, the earlier counts. */
export const eraseUser = async (table: Table, item: Item, disguise: Disguise): Promise<boolean> => {
  const from = keyOf(item);
  const field = from.pk === usersPartition("machine") ? "machineId" : "kubernetesUsername";
  const to = { pk: from.pk, sk: disguise.field(field, from.sk) };
  const there = await table.get(to, { consistent: true });
  const firstDay = [item["firstDay"], there?.["firstDay"]].filter((day) => day !== undefined).sort()[0];
  const { outcome } = await table.transact([
    { kind: "delete", key: from, condition: { expression: "firstDay = :day", values: { ":day": item["firstDay"] } } },
    { kind: "put", item: { ...item, ...to, v: ITEM_VERSION, firstDay } },
  ]);
  return outcome === "committed";
};

const keyOf = (item: Item) => ({ pk: String(item["pk"]), sk: String(item["sk"]) });

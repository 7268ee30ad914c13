import { ITEM_VERSION, usersPartition } from "../../contract/keys.ts";
import type { EpochMs } from "../../contract/time.ts";
import type { Item, Table } from "../../store/table.ts";
import { withPseudonyms } from "./kinds.ts";
import type { Pseudonyms } from "./person.ts";

/** Replaces the names in an audit row. The action and its time stay. */
export const eraseAudit = async (table: Table, item: Item, pseudonyms: Pseudonyms): Promise<boolean> => {
  const outcome = await table.write({
    kind: "put",
    item: { ...withPseudonyms(item, pseudonyms), ...keyOf(item) },
    condition: { expression: "attribute_exists(pk)" },
  });
  return outcome.outcome === "written";
};

/** Replaces who changed a policy or a profile. Its content stays, and so does its validator. */
export const erasePolicy = async (table: Table, item: Item, pseudonyms: Pseudonyms, now: EpochMs): Promise<boolean> => {
  const before = String(item["updatedBy"]);
  const { outcome } = await table.write({
    kind: "update",
    key: keyOf(item),
    update: { expression: "SET updatedBy = :after", values: { ":after": pseudonyms.any(before, now) } },
    condition: { expression: "updatedBy = :before", values: { ":before": before } },
  });
  return outcome === "written";
};

/** Moves the first day of a user to the pseudonym. If that has one already, the earlier day counts. */
export const eraseUser = async (table: Table, item: Item, pseudonyms: Pseudonyms): Promise<boolean> => {
  const from = keyOf(item);
  const field = from.pk === usersPartition("machine") ? "machineId" : "kubernetesUsername";
  const to = { pk: from.pk, sk: pseudonyms.field(field, from.sk) };
  const there = await table.get(to, { consistent: true });
  const firstDay = [item["firstDay"], there?.["firstDay"]].filter((day) => day !== undefined).sort()[0];
  const { outcome } = await table.transact([
    { kind: "delete", key: from, condition: { expression: "firstDay = :day", values: { ":day": item["firstDay"] } } },
    { kind: "put", item: { ...item, ...to, v: ITEM_VERSION, firstDay } },
  ]);
  return outcome === "committed";
};

const keyOf = (item: Item) => ({ pk: String(item["pk"]), sk: String(item["sk"]) });

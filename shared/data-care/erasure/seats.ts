import { DENIAL_PREFIX, SEAT_PREFIX } from "../../contract/keys.ts";
import type { Item, Table, Write } from "../../store/table.ts";
import { bookBeginning, faceOf } from "./kinds.ts";
import type { Disguise } from "./person.ts";

/** Disguises a seat: its labels, and its id once its period is over. The number of seats in the book never moves. */
export const eraseSeat = (table: Table, item: Item, disguise: Disguise): Promise<boolean> => {
  const id = disguise.seatId(String(item["id"]), bookBeginning(item));
  const disguised = { ...item, ...disguise.face(faceOf(item, "seat")), id };
  const condition = { expression: "claimedAt = :claimed", values: { ":claimed": item["claimedAt"] } };
  return moved(table, item, { ...disguised, sk: `${SEAT_PREFIX}${id}` }, condition);
};

/** Disguises whom a denial is about, in the same way. */
export const eraseDenial = (table: Table, item: Item, disguise: Disguise): Promise<boolean> => {
  const [, day = ""] = String(item["sk"]).split("#");
  const seatId = disguise.seatId(String(item["seatId"]), bookBeginning(item));
  const disguised = { ...item, ...disguise.face(faceOf(item, "denial")), seatId };
  const condition = { expression: "denials = :seen", values: { ":seen": item["denials"] } };
  return moved(table, item, { ...disguised, sk: `${DENIAL_PREFIX}${day}#${seatId}` }, condition);
};

const moved = async (
  table: Table,
  from: Item,
  to: Item & { sk: string },
  condition: { expression: string; values: Record<string, unknown> },
): Promise<boolean> => {
  const key = { pk: String(from["pk"]), sk: String(from["sk"]) };
  const item = { ...to, pk: key.pk };
  if (to.sk === key.sk) return (await table.write({ kind: "put", item, condition })).outcome === "written";
  const writes: Write[] = [
    { kind: "delete", key, condition },
    { kind: "put", item, condition: { expression: "attribute_not_exists(pk)" } },
  ];
  return (await table.transact(writes)).outcome === "committed";
};

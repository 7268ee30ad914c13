import { DENIAL_PREFIX, SEAT_PREFIX } from "../../contract/keys.ts";
import type { Item, Table, Write } from "../../store/table.ts";
import { bookBeginning, namesIn } from "./kinds.ts";
import type { Pseudonyms } from "./person.ts";

/** Replaces the names of a seat, and its id once its period is over. The number of seats in the book stays the same. */
export const eraseSeat = (table: Table, item: Item, pseudonyms: Pseudonyms): Promise<boolean> => {
  const id = pseudonyms.seatId(String(item["id"]), bookBeginning(item));
  const replaced = { ...item, ...pseudonyms.names(namesIn(item, "seat")), id };
  const live = item["live"];
  // The whole item is written, so no session may have come or gone since.
  const unmoved = live === undefined ? "attribute_not_exists(live)" : "live = :live";
  const condition = {
    expression: `claimedAt = :claimed AND ${unmoved}`,
    values: { ":claimed": item["claimedAt"], ...(live === undefined ? {} : { ":live": live }) },
  };
  return moved(table, item, { ...replaced, sk: `${SEAT_PREFIX}${id}` }, condition);
};

/** Replaces the names of a denial in the same way. */
export const eraseDenial = (table: Table, item: Item, pseudonyms: Pseudonyms): Promise<boolean> => {
  const [, day = ""] = String(item["sk"]).split("#");
  const seatId = pseudonyms.seatId(String(item["seatId"]), bookBeginning(item));
  const replaced = { ...item, ...pseudonyms.names(namesIn(item, "denial")), seatId };
  const condition = { expression: "denials = :seen", values: { ":seen": item["denials"] } };
  return moved(table, item, { ...replaced, sk: `${DENIAL_PREFIX}${day}#${seatId}` }, condition);
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

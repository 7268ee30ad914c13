import {
  INSTALLATIONS_PARTITION,
  ITEM_VERSION,
  installationCounterKey,
  SLOT_PREFIX,
  slotKey,
} from "../../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../../contract/time.ts";
import { allOf } from "../../store/conditions.ts";
import type { Expression, Item, Table, Write } from "../../store/table.ts";

/** The right of an installation to leases, under a license that limits them. */
export type Slot = {
  installation: string;
  firstRegistered: EpochMs;
  /** The place in the order in which slots were taken. It decides who keeps one when the maximum falls. */
  order: number;
  /** Changes whenever an operator of the installation joins, or the slot is taken again. */
  joins: number;
  joinedAt: EpochMs;
};

/** How many slots are taken, and the order of the latest. */
export type SlotCounter = { held: number; order: number };

/** An installation's slot. Undefined if it has none. */
export const readSlot = async (table: Table, installation: string): Promise<Slot | undefined> =>
  slotIn(await table.get(slotKey(installation), { consistent: true }));

/** All slots, the first taken first. */
export const readSlots = async (table: Table): Promise<Slot[]> => {
  const range = { prefix: SLOT_PREFIX };
  const items = await table.query({ partition: INSTALLATIONS_PARTITION, range, consistent: true });
  return items.flatMap((item) => slotIn(item) ?? []).sort((one, other) => one.order - other.order);
};

/** Undefined before the first slot. */
export const readCounter = async (table: Table): Promise<SlotCounter | undefined> => {
  const item = await table.get(installationCounterKey, { consistent: true });
  return item && { held: Number(item["held"]), order: Number(item["order"]) };
};

/** Begins the counter with these installations, in this order. Refused if it has begun. */
export const beginWrites = (installations: readonly string[], now: EpochMs): Write[] => [
  {
    kind: "put",
    item: {
      ...installationCounterKey,
      v: ITEM_VERSION,
      held: installations.length,
      order: installations.length,
    },
    condition: { expression: "attribute_not_exists(pk)" },
  },
  ...installations.map((installation, place) => slotWrite(installation, place + 1, now)),
];

/** Takes a slot. Refused if the maximum is reached, if another took one since the counter was read, or if it has one. */
export const takeWrites = (installation: string, max: number, seen: SlotCounter, now: EpochMs): Write[] => [
  {
    kind: "update",
    key: installationCounterKey,
    update: {
      expression: "SET #order = :next ADD held :one",
      names: { "#order": "order" },
      values: { ":next": seen.order + 1, ":one": 1 },
    },
    condition: {
      expression: "#order = :order AND held < :max",
      values: { ":order": seen.order, ":max": max },
    },
  },
  slotWrite(installation, seen.order + 1, now),
];

/** Notes that an operator of the installation uses its slot. Refused if the installation lost the slot since it was read. */
export const joinWrite = (slot: Slot, now: EpochMs): Write & { kind: "update" } => ({
  kind: "update",
  key: slotKey(slot.installation),
  update: { expression: "SET joinedAt = :now ADD joins :one", values: { ":now": formatTime(now), ":one": 1 } },
  condition: asTaken(slot),
});

/** Frees a slot. Refused if an operator joined, or if the slot was freed, since it was read. */
export const freeWrites = (slot: Slot, now: EpochMs): Write[] => [
  {
    kind: "update",
    key: slotKey(slot.installation),
    update: {
      // The rest stays for a while: `joins` must not begin anew.
      expression: "SET expiresAt = :expires REMOVE firstRegistered",
      values: { ":expires": Math.floor((now + FREED_DAYS * DAY_MS) / SECOND_MS) },
    },
    condition: allOf(asTaken(slot), { expression: "joins = :joins", values: { ":joins": slot.joins } }),
  },
  {
    kind: "update",
    key: installationCounterKey,
    update: { expression: "ADD held :less", values: { ":less": -1 } },
  },
];

const FREED_DAYS = 30;

const asTaken = ({ order }: Slot): Expression => ({
  expression: "attribute_exists(firstRegistered) AND #order = :order",
  names: { "#order": "order" },
  values: { ":order": order },
});

const slotWrite = (installation: string, order: number, now: EpochMs): Write => ({
  kind: "update",
  key: slotKey(installation),
  update: {
    expression: "SET v = :v, firstRegistered = :now, joinedAt = :now, #order = :next REMOVE expiresAt ADD joins :one",
    names: { "#order": "order" },
    values: { ":v": ITEM_VERSION, ":now": formatTime(now), ":next": order, ":one": 1 },
  },
  condition: { expression: "attribute_not_exists(firstRegistered)" },
});

const slotIn = (item: Item | undefined): Slot | undefined =>
  item?.["firstRegistered"] === undefined
    ? undefined
    : {
        installation: String(item["sk"]).slice(SLOT_PREFIX.length),
        firstRegistered: Date.parse(String(item["firstRegistered"])),
        order: Number(item["order"]),
        joins: Number(item["joins"]),
        joinedAt: Date.parse(String(item["joinedAt"])),
      };

import { operatorKey } from "../../contract/keys.ts";
import { type EpochMs, MINUTE_MS } from "../../contract/time.ts";
import type { Pace, retrying } from "../../store/retry.ts";
import type { Table, Write } from "../../store/table.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { listOperators } from "../list.ts";
import type { Operator } from "../operator.ts";
import { freeLostSlots, freeSlot, heardAt } from "./free-slot.ts";
import { installationOf, isMarked, slotMark } from "./installation.ts";
import { beginWrites, joinWrite, readCounter, readSlot, readSlots, type Slot, takeWrites } from "./slot.ts";

/** `retry` is `retrying`. This module has a file of its own, where another copy would throw an error that nobody knows. */
export type SlotDeps = { table: Table; pace: Pace; retry: typeof retrying; log: Logger; lostAfterMs: number };

type Moment = { now: EpochMs; deadline: EpochMs };

/** The slots of a license that limits installations. Throws `StoreUnavailable`. */
export type Slots = {
  /** Whether an installation has a slot, or gets one. For an operator that registers. */
  take(installation: string, max: number, moment: Moment): Promise<boolean>;
  /**
   * Whether the installation of an operator has a slot, or gets one. Reads nothing if the operator's item notes the slot.
   * Otherwise it notes it; if there is none, it notes that the operator has no lease.
   */
  keep(operator: Operator, max: number, moment: Moment): Promise<boolean>;
};

/** At most so often a process looks for slots of lost installations. */
const FREE_LOST_EVERY_MS = MINUTE_MS;
/** The slots that begin together in one transaction, which has one more item. */
const MOST_AT_ONCE = 90;

export const installationSlots = ({ table, pace, retry, log, lostAfterMs }: SlotDeps): Slots => {
  let looked = Number.NEGATIVE_INFINITY;

  const freeLost = async (slots: readonly Slot[], except: string, now: EpochMs): Promise<boolean> => {
    if (now - looked < FREE_LOST_EVERY_MS) return false;
    looked = now;
    return (await freeLostSlots(table, slots, { now, lostAfterMs, except })) > 0;
  };

  // Under a maximum that fell, the installations keep their slots that took them first.
  const isAmongFirst = async (slot: Slot, max: number, now: EpochMs): Promise<boolean> => {
    const slots = await readSlots(table);
    const rest = (await freeLost(slots, slot.installation, now)) ? await readSlots(table) : slots;
    return rest.findIndex(({ installation }) => installation === slot.installation) < max;
  };

  /** Undefined: try again. `note` is written with the slot. */
  const attempt = async (
    installation: string,
    max: number,
    now: EpochMs,
    note: readonly Write[],
  ): Promise<boolean | undefined> => {
    const [slot, counter] = await Promise.all([readSlot(table, installation), readCounter(table)]);
    if (counter === undefined) {
      await begin(table, max, lostAfterMs, now);
      return undefined;
    }
    if (slot !== undefined) {
      if (counter.held <= max || (await isAmongFirst(slot, max, now))) return join(table, slot, now, note);
      const operators = await listOperators(table, { consistent: true });
      return (await freeSlot(table, slot, now, { operators, unheard: false })) ? false : undefined;
    }
    if (counter.held < max)
      return (await table.transact([...takeWrites(installation, max, counter, now), ...note])).outcome === "committed"
        ? true
        : undefined;
    return (await freeLost(await readSlots(table), installation, now)) ? undefined : false;
  };

  const obtain = async (installation: string, max: number, { now, deadline }: Moment, note: readonly Write[]) => {
    const has = await retry(pace, deadline, () => attempt(installation, max, now, note));
    if (!has) log.warn("no slot: other installations use all of the license's", { installation, max_operators: max });
    return has;
  };

  return {
    take: (installation, max, moment) => obtain(installation, max, moment, []),
    async keep(operator, max, moment) {
      const installation = installationOf(operator);
      if (isMarked(operator.slot, installation, max)) return true;
      const key = operatorKey(operator.instanceId);
      const condition = { expression: "attribute_exists(pk)" };
      const update = { expression: "SET slot = :mark", values: { ":mark": slotMark(installation, max) } };
      if (await obtain(installation, max, moment, [{ kind: "update", key, update, condition }])) return true;
      await table.write({
        kind: "update",
        key,
        update: { expression: "SET leaseUntil = :none", values: { ":none": null } },
        condition,
      });
      return false;
    },
  };
};

// Undefined: it lost the slot meanwhile.
const join = async (table: Table, slot: Slot, now: EpochMs, note: readonly Write[]): Promise<true | undefined> => {
  const write = joinWrite(slot, now);
  const { outcome } = note.length === 0 ? await table.write(write) : await table.transact([write, ...note]);
  return outcome === "written" || outcome === "committed" ? true : undefined;
};

// The first license that limits installations comes while operators run: then the oldest installations get the slots.
const begin = async (table: Table, max: number, lostAfterMs: number, now: EpochMs): Promise<void> => {
  const heard = (await listOperators(table, { consistent: true })).filter(
    (operator) => now - heardAt(operator) <= lostAfterMs,
  );
  const since = new Map<string, EpochMs>();
  for (const operator of heard) {
    const installation = installationOf(operator);
    since.set(installation, Math.min(since.get(installation) ?? Number.POSITIVE_INFINITY, operator.firstSeen ?? now));
  }
  const oldest = [...since]
    .sort(([one, from], [other, then]) => from - then || (one < other ? -1 : 1))
    .slice(0, max)
    .map(([installation]) => installation);
  const { outcome } = await table.transact(beginWrites(oldest.slice(0, MOST_AT_ONCE), now));
  if (outcome !== "committed") return;
  for (const installation of oldest.slice(MOST_AT_ONCE)) {
    const counter = await readCounter(table);
    if (counter !== undefined) await table.transact(takeWrites(installation, max, counter, now));
  }
};

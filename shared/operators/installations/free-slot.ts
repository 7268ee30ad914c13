import { operatorKey } from "../../contract/keys.ts";
import type { EpochMs } from "../../contract/time.ts";
import { allOf } from "../../store/conditions.ts";
import type { Table, Write } from "../../store/table.ts";
import { listOperators } from "../list.ts";
import { type Operator, unheardSince } from "../operator.ts";
import { installationOf, isMarkOf } from "./installation.ts";
import { freeWrites, type Slot } from "./slot.ts";

/**
 * Frees a slot: first no operator's item notes it any more, then the slot is free. `unheard`: only if none of these operators
 * is heard of meanwhile. `also` is part of the last transaction. Returns false if an operator came between.
 */
export const freeSlot = async (
  table: Table,
  slot: Slot,
  now: EpochMs,
  { operators, unheard, also = [] }: { operators: readonly Operator[]; unheard: boolean; also?: readonly Write[] },
): Promise<boolean> => {
  for (const operator of operators.filter(({ slot: mark }) => isMarkOf(mark, slot.installation))) {
    const same = { expression: "slot = :mark", values: { ":mark": operator.slot } };
    const { outcome } = await table.write({
      kind: "update",
      key: operatorKey(operator.instanceId),
      update: { expression: "REMOVE slot" },
      condition: unheard ? allOf(same, unheardSince(operator)) : same,
    });
    if (outcome === "refused") return false;
  }
  // An operator that joined after the list was read changed `joins`.
  return (await table.transact([...freeWrites(slot, now), ...also])).outcome === "committed";
};

/** Frees the slots of installations that were not heard of for so long. Returns how many. */
export const freeLostSlots = async (
  table: Table,
  slots: readonly Slot[],
  { now, lostAfterMs, except }: { now: EpochMs; lostAfterMs: number; except: string },
): Promise<number> => {
  if (slots.every(({ joinedAt }) => now - joinedAt <= lostAfterMs)) return 0;
  const operators = await listOperators(table, { consistent: true });
  let freed = 0;
  for (const slot of slots) {
    const { installation } = slot;
    const own = operators.filter(
      (operator) => isMarkOf(operator.slot, installation) || installationOf(operator) === installation,
    );
    const isLost = [slot.joinedAt, ...own.map(heardAt)].every((at) => now - at > lostAfterMs);
    if (isLost && installation !== except && (await freeSlot(table, slot, now, { operators: own, unheard: true })))
      freed += 1;
  }
  return freed;
};

/** When an operator was last heard of: by a heartbeat or a registration. */
export const heardAt = ({ lastHeartbeat = 0, registeredAt = 0 }: Operator): EpochMs =>
  Math.max(lastHeartbeat, registeredAt);

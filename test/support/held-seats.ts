import { expect } from "vitest";
import { LISTS } from "../../shared/contract/keys.ts";
import type { Holds } from "../../shared/seats/holds.ts";
import { claimOf, seatFrom } from "../../shared/seats/seat.ts";
import type { Item } from "../../shared/store/table.ts";
import type { App } from "./app.ts";
import { storedItems } from "./stored.ts";

/**
 * Holds the table against what live sessions hold: each seat counts just the live sessions whose records name this claim of it,
 * an idle one is in the list of idle seats and no other is, and each counter is the number of its book's seats.
 */
export const expectSoundHolds = async (app: App): Promise<void> => {
  const items = await storedItems(app);
  const sessions = items.filter(({ sk }) => sk === "SESSION");
  const faults: string[] = [];
  for (const { sessionId, state, deniedCode, holds } of sessions)
    if (holds !== undefined && (state !== "live" || deniedCode !== undefined))
      faults.push(`${sessionId} is ${state} ${deniedCode ?? ""} and holds a seat`);
  const seats = items.filter(({ sk }) => String(sk).startsWith("SEAT#"));
  for (const item of seats) faults.push(...faultsOf(item, sessions));
  for (const counter of items.filter(({ sk }) => sk === "COUNTER")) {
    const count = seats.filter(({ pk }) => pk === counter["pk"]).length;
    if (Number(counter["claimed"] ?? 0) !== count)
      faults.push(`${counter["pk"]} counts ${counter["claimed"]} of ${count} seats`);
    faults.push(...poolFaults(counter, seats));
  }
  expect(faults).toEqual([]);
};

// A counter with `common` counts every pool; seats without a pool are common.
const poolFaults = (counter: Item, seats: readonly Item[]): string[] => {
  if (counter["common"] === undefined) return [];
  const counted = new Map([["common", Number(counter["common"])]]);
  for (const [attribute, value] of Object.entries(counter))
    if (attribute.startsWith("pool_")) counted.set(attribute.slice("pool_".length), Number(value));
  const held = Map.groupBy(
    seats.filter(({ pk }) => pk === counter["pk"]),
    ({ pool = "common" }) => String(pool),
  );
  return [...new Set([...counted.keys(), ...held.keys()])].flatMap((pool) => {
    const [says, has] = [counted.get(pool) ?? 0, held.get(pool)?.length ?? 0];
    return says === has ? [] : [`${counter["pk"]} counts ${says} of ${has} seats in ${pool}`];
  });
};

const faultsOf = (item: Item, sessions: readonly Item[]): string[] => {
  const seat = seatFrom(item);
  const name = `${item["pk"]} ${seat.clientUsername}`;
  const holders = sessions.filter(({ holds }) => {
    const held = holds as Holds | undefined;
    return held?.book === item["pk"] && held?.seat === seat.id && held?.claim === claimOf(seat);
  });
  const isListed = item["list"] !== undefined;
  const prefix = LISTS.idle.slice(0, -1);
  return [
    ...((seat.live ?? 0) === holders.length ? [] : [`${name}: live is ${seat.live}, ${holders.length} hold it`]),
    ...(isListed === (seat.live === 0) ? [] : [`${name}: live is ${seat.live}, listed as idle: ${isListed}`]),
    ...(isListed && !String(item["list"]).startsWith(prefix) ? [`${name}: in the list ${item["list"]}`] : []),
    ...((seat.idleSince !== undefined) === (seat.live === 0) ? [] : [`${name}: idle since ${item["idleSince"]}`]),
  ];
};

import { operatorKey } from "../contract/keys.ts";
import { type EpochMs, HOUR_MS } from "../contract/time.ts";
import { listOperators } from "../operators/list.ts";
import { isSilent, type Operator, operatorFrom } from "../operators/operator.ts";
import { inParallel } from "../store/parallel.ts";
import type { Expression, Table } from "../store/table.ts";

/** How long an operator is told of a seat that was taken: longer than any beat or two that may get lost. */
const TOLD_FOR_MS = HOUR_MS;
/** The most seats that an operator is told of at a time: its item is what every heartbeat pays for. */
const MAX_TOLD = 50;
const WRITES_AT_ONCE = 8;
/** Releases at the same time write to the same operators. */
const MAX_TRIES = 10;

type SeatsLost = Operator["seatsLost"];

/**
 * Notes at every operator that beats that a seat is held no longer, so that it asks before it starts that user's next
 * session. A courtesy: an operator that misses it tells of the session in its next heartbeat, where it is decided.
 */
export const tellSeatLost = async (
  { table, staleMs }: { table: Table; staleMs: number },
  seatId: string,
  now: EpochMs,
): Promise<void> => {
  const beating = (await listOperators(table)).filter((operator) => !isSilent(operator, staleMs, now));
  await inParallel(beating, WRITES_AT_ONCE, (operator) => tell(table, operator, seatId, now));
};

/** The seats that an operator is to be told of now. */
export const seatsLostOf = (operator: Operator, now: EpochMs): string[] =>
  stillTold(operator.seatsLost, now).map(([seatId]) => seatId);

/** Clears away what an operator has been told of for long enough. */
export const forgetSeatsLost = async (table: Table, operator: Operator, now: EpochMs): Promise<void> => {
  const { seatsLost, instanceId } = operator;
  if (Object.keys(seatsLost).length === 0 || stillTold(seatsLost, now).length > 0) return;
  await table.write({
    kind: "update",
    key: operatorKey(instanceId),
    update: { expression: "REMOVE seatsLost" },
    condition: unchanged(seatsLost),
  });
};

const tell = async (table: Table, found: Operator, seatId: string, now: EpochMs): Promise<void> => {
  let operator: Operator | undefined = found;
  for (let tries = 0; operator !== undefined && tries < MAX_TRIES; tries += 1) {
    const { instanceId, seatsLost }: Operator = operator;
    const others = stillTold(seatsLost, now).filter(([id]) => id !== seatId);
    const told = Object.fromEntries([...others.slice(1 - MAX_TOLD), [seatId, now + TOLD_FOR_MS]]);
    const outcome = await table.write({
      kind: "update",
      key: operatorKey(instanceId),
      update: { expression: "SET seatsLost = :told", values: { ":told": told } },
      condition: unchanged(seatsLost),
    });
    if (outcome.outcome === "written") return;
    // One whose item was cleaned up meanwhile needs no telling.
    operator = outcome.found && operatorFrom(outcome.found);
  }
};

const unchanged = (seatsLost: SeatsLost): Expression =>
  Object.keys(seatsLost).length === 0
    ? { expression: "attribute_exists(pk) AND attribute_not_exists(seatsLost)" }
    : { expression: "seatsLost = :seen", values: { ":seen": seatsLost } };

// The one that was taken first comes first.
const stillTold = (seatsLost: SeatsLost, now: EpochMs): [string, EpochMs][] =>
  Object.entries(seatsLost)
    .filter(([, until]) => until > now)
    .sort(([, one], [, other]) => one - other);

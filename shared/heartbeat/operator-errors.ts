import { hash } from "node:crypto";
import { ITEM_VERSION, operatorErrorKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, MINUTE_MS, SECOND_MS } from "../contract/time.ts";
import { CLOCK_TOLERANCE_MS } from "../sessions/events.ts";
import { inParallel } from "../store/parallel.ts";
import { StoreUnavailable, type Table } from "../store/table.ts";

export type OperatorError = { time: EpochMs; error: string };

/** The version in the report where no request has named the operator's. */
export const UNKNOWN_VERSION = "unknown";

export type ErrorsOf = {
  instanceId: string;
  version: string;
  fingerprint: string | undefined;
  retentionDays: number;
  /** When they were sent, by the operator's clock. */
  sentAt: EpochMs;
  now: EpochMs;
};

/** As many items as DynamoDB accepts in one batch. */
const AT_A_TIME = 25;
const BATCHES_AT_ONCE = 4;

/**
 * Stores the errors of an operator, until the deadline. The key is made of the content, so a second delivery adds nothing.
 * Returns those that may be missing, with the fault: when many operators fail at once, the table takes a while.
 */
export const recordErrors = async (
  table: Table,
  errors: readonly OperatorError[],
  of: ErrorsOf,
  { deadline, now }: { deadline: EpochMs; now: () => EpochMs },
): Promise<{ dropped: OperatorError[]; fault: unknown }> => {
  const items = errors.map((error) => ({ error, item: itemOf(error, of) }));
  const unique = [...new Map(items.map((one) => [`${one.item.pk}|${one.item.sk}`, one])).values()];
  const batches = Array.from({ length: Math.ceil(unique.length / AT_A_TIME) }, (_, place) =>
    unique.slice(place * AT_A_TIME, (place + 1) * AT_A_TIME),
  );
  const dropped: OperatorError[] = [];
  let fault: unknown;
  await inParallel(batches, BATCHES_AT_ONCE, async (batch) => {
    try {
      if (now() >= deadline) throw new StoreUnavailable("too many errors at once");
      await table.batchPut(
        batch.map(({ item }) => item),
        { deadline },
      );
    } catch (error) {
      fault = error;
      dropped.push(...batch.map((one) => one.error));
    }
  });
  return { dropped, fault };
};

/** Stores one error of an operator, in the same way. */
export const recordError = async (table: Table, error: OperatorError, of: ErrorsOf): Promise<void> => {
  await table.write({ kind: "put", item: itemOf(error, of) });
};

const itemOf = ({ time: sent, error }: OperatorError, of: ErrorsOf) => {
  const time = formatTime(notAhead(sent, of));
  const messageHash = hash("sha256", error, "hex").slice(0, 16);
  return {
    ...operatorErrorKey(time, { instanceId: of.instanceId, place: placeOf(of.instanceId) }, messageHash),
    v: ITEM_VERSION,
    time,
    error,
    instanceId: of.instanceId,
    operatorVersion: of.version,
    licenseHash: of.fingerprint,
    expiresAt: Math.floor((of.now + of.retentionDays * DAY_MS) / SECOND_MS),
  };
};

const placeOf = (instanceId: string): number => hash("sha256", instanceId, "buffer").readUInt8();

// No report shows an error of the future before that time comes. So if the clock is ahead, the time is shifted back, in
// whole minutes: a second delivery a moment later then has the same key. Only around half a minute it may differ, and
// the error is stored twice.
const notAhead = (time: EpochMs, { sentAt, now }: ErrorsOf): EpochMs => {
  const aheadMs = sentAt - now > CLOCK_TOLERANCE_MS ? Math.round((sentAt - now) / MINUTE_MS) * MINUTE_MS : 0;
  const taken = time - aheadMs;
  return taken > now + CLOCK_TOLERANCE_MS ? now : taken;
};

import { createHash } from "node:crypto";
import { ITEM_VERSION, operatorErrorKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, MINUTE_MS, SECOND_MS } from "../contract/time.ts";
import { CLOCK_TOLERANCE_MS } from "../sessions/events.ts";
import type { Table } from "../store/table.ts";

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

/** Stores the errors of an operator. The key is made of the content, so a second delivery adds nothing. */
export const recordErrors = async (table: Table, errors: readonly OperatorError[], of: ErrorsOf): Promise<void> => {
  const items = errors.map((error) => itemOf(error, of));
  const unique = new Map(items.map((item) => [`${item.pk}|${item.sk}`, item]));
  await table.batchPut([...unique.values()]);
};

/** Stores one error of an operator, in the same way. */
export const recordError = async (table: Table, error: OperatorError, of: ErrorsOf): Promise<void> => {
  await table.write({ kind: "put", item: itemOf(error, of) });
};

const itemOf = ({ time: sent, error }: OperatorError, of: ErrorsOf) => {
  const time = formatTime(notAhead(sent, of));
  const messageHash = createHash("sha256").update(error).digest("hex").slice(0, 16);
  return {
    ...operatorErrorKey(time, of.instanceId, messageHash),
    v: ITEM_VERSION,
    time,
    error,
    instanceId: of.instanceId,
    operatorVersion: of.version,
    licenseHash: of.fingerprint,
    expiresAt: Math.floor((of.now + of.retentionDays * DAY_MS) / SECOND_MS),
  };
};

// No report shows an error of the future before that time comes. So if the clock is ahead, the time is shifted back, in
// whole minutes: a second delivery a moment later then has the same key. Only around half a minute it may differ, and
// the error is stored twice.
const notAhead = (time: EpochMs, { sentAt, now }: ErrorsOf): EpochMs => {
  const aheadMs = sentAt - now > CLOCK_TOLERANCE_MS ? Math.round((sentAt - now) / MINUTE_MS) * MINUTE_MS : 0;
  const taken = time - aheadMs;
  return taken > now + CLOCK_TOLERANCE_MS ? now : taken;
};

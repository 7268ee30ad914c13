import { createHash } from "node:crypto";
import { ITEM_VERSION, operatorErrorKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Table } from "../store/table.ts";

export type OperatorError = { time: EpochMs; error: string };

export type ErrorsOf = {
  instanceId: string;
  version: string;
  fingerprint: string | undefined;
  retentionDays: number;
  now: EpochMs;
};

/** Keeps what went wrong at an operator. The key is made of the content, so that a second delivery adds nothing. */
export const recordErrors = async (table: Table, errors: readonly OperatorError[], of: ErrorsOf): Promise<void> => {
  const items = errors.map(({ time, error }) => ({
    ...operatorErrorKey(formatTime(time), of.instanceId, createHash("sha256").update(error).digest("hex").slice(0, 16)),
    v: ITEM_VERSION,
    time: formatTime(time),
    error,
    instanceId: of.instanceId,
    operatorVersion: of.version,
    licenseHash: of.fingerprint,
    expiresAt: Math.floor((of.now + of.retentionDays * DAY_MS) / SECOND_MS),
  }));
  const unique = new Map(items.map((item) => [`${item.pk}|${item.sk}`, item]));
  await table.batchPut([...unique.values()]);
};

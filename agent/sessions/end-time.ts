import type { EpochMs } from "../../shared/contract/time.ts";
import type { Entry } from "./entry.ts";
import { timeOf } from "./fields.ts";

/** Converts a time of the cluster's clocks to the agent's. */
export type ToOwn = (time: EpochMs) => EpochMs;

/**
 * When a session was last active, by the agent's clock: its own time at the last change it saw, else the value, converted.
 * The start, if no client ever connected. The operator's clock may be ahead: a value is never later than the agent's sight of it.
 */
export const lastActivity = ({ startedAt, activity }: Entry, toOwn: ToOwn): EpochMs => {
  const { connected, changedAt, isUnseen, seenAt } = activity;
  const value = isUnseen ? timeOf(connected) : undefined;
  const unseen = value === undefined ? startedAt : Math.min(toOwn(value), seenAt ?? Number.POSITIVE_INFINITY);
  return Math.max(startedAt, changedAt ?? startedAt, unseen);
};

/** The end of a session that the agent knows to be over at `at`. */
export const sessionEnd = (entry: Entry, deletedAt: EpochMs | undefined, at: EpochMs, toOwn: ToOwn): EpochMs => {
  const active = lastActivity(entry, toOwn);
  // The operator's clock may be ahead of the API server's. An object that is deleted is active no more.
  const bound = entry.activity.isUnseen && deletedAt !== undefined ? Math.min(at, toOwn(deletedAt)) : at;
  return Math.max(entry.startedAt, Math.min(active, bound));
};

import type { EpochMs } from "../contract/time.ts";
import type { Item } from "../store/table.ts";

/** Signs that a second process uses an operator's `instance_id`, as the operator's item stores them. */
export type Rival = {
  /** A noted heartbeat that later ones with lower numbers are compared with, by the operator's clock. */
  seq: number;
  sentAt: EpochMs;
  /** The sum in the digest of its list; undefined if an earlier release noted it. */
  listedSum: number | undefined;
  /** The numbers of both processes at the last contradiction, and how many there were, both numbers growing. */
  high: number;
  low: number;
  times: number;
  /** When the last heartbeat out of order arrived. */
  at: EpochMs;
};

/** A single process that restarts or whose clock is set back once contradicts itself once: this many times takes two. */
const CONTRADICTIONS = 3;
/** For how many stale periods a sign counts: for about fifteen heartbeats. */
const STALE_PERIODS = 5;

export const rivalIn = (item: Item): Rival | undefined => item["rival"] as Rival | undefined;

/** Whether a sign is recent enough to be continued. */
export const isRecent = ({ at }: Pick<Rival, "at">, staleMs: number, now: EpochMs): boolean =>
  now - at <= STALE_PERIODS * staleMs;

/** Whether two processes use the `instance_id` now. */
export const isShared = ({ rival }: { rival: Rival | undefined }, staleMs: number, now: EpochMs): boolean =>
  rival !== undefined && rival.times >= CONTRADICTIONS && isRecent(rival, staleMs, now);

import type { EpochMs } from "../contract/time.ts";
import { sameDigest } from "../operators/live-set.ts";
import type { Operator } from "../operators/operator.ts";
import { isRecent, type Rival } from "../operators/rival.ts";
import type { BeatOrder } from "../operators/sign-of-life.ts";

/**
 * What a heartbeat that is out of order says about a second process with the same `instance_id`. Pure; returns the
 * signs to store.
 *
 * One process numbers its heartbeats in the order in which it sends them. So a lower number that was sent later
 * contradicts the noted heartbeat, and so does the same number sent at another time or with another list. A late packet
 * never does: it was sent earlier. A restart or a clock that is set back can do it once. Only two processes do it again
 * and again, with both numbers growing in between. Processes whose lists agree do no harm and are not counted.
 */
export const rivalAfter = (
  seen: Operator,
  order: BeatOrder,
  { now, staleMs }: { now: EpochMs; staleMs: number },
): Rival | undefined => {
  const before = seen.rival !== undefined && isRecent(seen.rival, staleMs, now) ? seen.rival : undefined;
  if (seen.seq === undefined || seen.sentAt === undefined || sameDigest(order.digest, seen.digest)) return before;
  const noted = { seq: seen.seq, sentAt: seen.sentAt, listedSum: seen.listedSum };
  // If the clock of the process with the lower numbers is behind, only an earlier heartbeat shows the contradiction.
  const compared = before !== undefined && order.seq <= before.seq ? before : noted;
  const { seq, sentAt, listedSum } = compared;
  const signs = { ...(before ?? NO_SIGNS), seq, sentAt, listedSum, at: now };
  if (!contradicts(order, noted) && !contradicts(order, compared)) return signs;
  if (signs.times > 0 && (noted.seq <= signs.high || order.seq <= signs.low)) return signs;
  return { ...signs, high: noted.seq, low: order.seq, times: signs.times + 1 };
};

const NO_SIGNS = { high: 0, low: 0, times: 0 };

type Noted = Pick<Rival, "seq" | "sentAt" | "listedSum">;

const contradicts = ({ seq, sentAt, digest }: BeatOrder, noted: Noted): boolean =>
  seq === noted.seq
    ? sentAt !== noted.sentAt || (noted.listedSum !== undefined && noted.listedSum !== digest.sum)
    : seq < noted.seq && sentAt > noted.sentAt;

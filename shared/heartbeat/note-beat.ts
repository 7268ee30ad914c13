import { isDeepStrictEqual } from "node:util";
import type { EpochMs } from "../contract/time.ts";
import {
  type BeatOrder,
  heartbeatWrite,
  type Operator,
  operatorFrom,
  readmissionWrite,
  refusedBeatWrite,
  type SignOfLife,
} from "../operators/operator.ts";
import { CLOCK_TOLERANCE_MS } from "../sessions/events.ts";
import type { Table } from "../store/table.ts";
import { rivalAfter } from "./rival-signs.ts";

/** Heartbeats of one instance that arrive together meet here; of more than this the rest is refused. */
const MAX_TRIES = 5;
/** An operator counts as stale after this many missed heartbeats: a refused one need not be noted more often than each. */
const BEATS_UNTIL_STALE = 3;

/** A heartbeat as it was noted: the operator after it, and whether its list counts. */
export type NotedBeat = { operator: Operator; list: "taken" | "refused" };

/**
 * Notes that an operator is alive and decides whether the list of its heartbeat counts: if its number is above the noted
 * one, or if it was sent clearly later than the noted one. One write, or two if the number is not above the noted one: then
 * the operator's item also keeps what this says about a second process with the same id.
 */
export const noteBeat = async (
  { table, staleMs }: { table: Table; staleMs: number },
  sign: SignOfLife,
  order: BeatOrder,
): Promise<NotedBeat> => {
  let seen: Operator | undefined;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const outcome = await table.write(heartbeatWrite(sign, order));
    if (outcome.outcome === "written") return { operator: operatorFrom(outcome.item ?? {}), list: "taken" };
    seen = operatorFrom(outcome.found ?? {});
    if (isNotedAlready(seen, order)) return { operator: seen, list: "taken" };
    const rival = rivalAfter(seen, order, { now: sign.now, staleMs });
    const isLater = isClearlyLater(order.sentAt, seen);
    const isNews = rival !== undefined && !isDeepStrictEqual(rival, seen.rival);
    if (!isLater && !isNews && !isHeardLongAgo(seen, staleMs, sign.now)) return { operator: seen, list: "refused" };
    const late = await table.write(
      isLater ? readmissionWrite(sign, order, seen, rival) : refusedBeatWrite(sign, seen, rival),
    );
    if (late.outcome === "written")
      return { operator: operatorFrom(late.item ?? {}), list: isLater ? "taken" : "refused" };
  }
  return { operator: seen ?? operatorFrom({ sk: sign.instanceId }), list: "refused" };
};

// The same packet again: with another list it is another process's. A release that noted no time of sending went by the
// number alone.
const isNotedAlready = ({ seq, sentAt, listedSum }: Operator, order: BeatOrder): boolean =>
  seq === order.seq &&
  (sentAt === undefined || sentAt === order.sentAt) &&
  (listedSum === undefined || listedSum === order.digest.sum);

// The noted heartbeat counts as sent when it arrived at the latest: a clock that was far ahead once must not decide for
// ever.
const isClearlyLater = (sentAt: EpochMs, seen: Operator): boolean => {
  const noted = Math.min(seen.sentAt ?? Number.POSITIVE_INFINITY, seen.listedAt ?? Number.NEGATIVE_INFINITY);
  return sentAt - noted > CLOCK_TOLERANCE_MS;
};

// A late packet comes right after a heartbeat that was noted, and is no news. An instance whose lists are refused for
// longer must not pass for silent.
const isHeardLongAgo = ({ lastHeartbeat }: Operator, staleMs: number, now: EpochMs): boolean =>
  lastHeartbeat === undefined || now - lastHeartbeat >= staleMs / BEATS_UNTIL_STALE;

import { isDeepStrictEqual } from "node:util";
import type { EpochMs } from "../contract/time.ts";
import {
  type BeatOrder,
  beatWithoutListWrite,
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

/** How often a heartbeat is tried that meets others of the same instance. Then its list is refused. */
const MAX_TRIES = 5;
/**
 * An operator is stale after this many missed heartbeats. So a refused heartbeat is noted once per interval at most.
 */
const BEATS_UNTIL_STALE = 3;

/** A heartbeat as it was noted: the operator after it, and whether its list counts. `absent`: it has no list. */
export type NotedBeat = { operator: Operator; list: "taken" | "refused" | "absent" };

/** Notes that an operator is alive that sends no list: nothing is compared, and the noted number stays. */
export const noteBeatWithoutList = async ({ table }: { table: Table }, sign: SignOfLife): Promise<NotedBeat> => {
  const outcome = await table.write(beatWithoutListWrite(sign));
  const item = outcome.outcome === "written" ? outcome.item : outcome.found;
  return { operator: operatorFrom(item ?? { sk: sign.instanceId }), list: "absent" };
};

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

// The same packet again. With another list it comes from another process. Earlier releases compared the number only.
const isNotedAlready = ({ seq, sentAt, listedSum }: Operator, order: BeatOrder): boolean =>
  seq === order.seq &&
  (sentAt === undefined || sentAt === order.sentAt) &&
  (listedSum === undefined || listedSum === order.digest.sum);

// The noted heartbeat counts as sent at its arrival at the latest. Otherwise one clock far ahead would decide forever.
const isClearlyLater = (sentAt: EpochMs, seen: Operator): boolean => {
  const noted = Math.min(seen.sentAt ?? Number.POSITIVE_INFINITY, seen.listedAt ?? Number.NEGATIVE_INFINITY);
  return sentAt - noted > CLOCK_TOLERANCE_MS;
};

// A late packet arrives right after a noted heartbeat and needs no write. An instance whose lists are refused for
// longer must not look silent.
const isHeardLongAgo = ({ lastHeartbeat }: Operator, staleMs: number, now: EpochMs): boolean =>
  lastHeartbeat === undefined || now - lastHeartbeat >= staleMs / BEATS_UNTIL_STALE;

import { isDeepStrictEqual } from "node:util";
import type { EpochMs } from "../contract/time.ts";
import { type Agent, replacedBy, standingOf } from "../operators/agent.ts";
import { type Operator, operatorFrom } from "../operators/operator.ts";
import {
  type BeatOrder,
  beatWithoutListWrite,
  heartbeatWrite,
  processesWrite,
  readmissionWrite,
  refusedBeatWrite,
  type SignOfLife,
} from "../operators/sign-of-life.ts";
import { CLOCK_TOLERANCE_MS } from "../sessions/events.ts";
import type { Table } from "../store/table.ts";
import { rivalAfter } from "./rival-signs.ts";

/** How often a heartbeat is tried that meets others of the same instance. Then its list is refused. */
const MAX_TRIES = 5;
/**
 * An operator is stale after this many missed heartbeats. So a refused heartbeat is noted once per interval at most.
 */
const BEATS_UNTIL_STALE = 3;

/**
 * A heartbeat as it was noted: the operator after it, and whether its list counts. `absent`: it has no list. `superseded`:
 * it is from a process that a later one replaced.
 */
export type NotedBeat = { operator: Operator; list: "taken" | "refused" | "absent"; superseded: boolean };

type Deps = { table: Table; staleMs: number };

/**
 * Notes that an operator is alive and decides whether the list of its heartbeat counts: if its number is above the noted
 * one, or if it was sent clearly later than the noted one. One write, or two if the number is not above the noted one: then
 * the operator's item also keeps what this says about a second process with the same id. Without a list (`order` is
 * undefined) nothing is compared, and the noted number stays.
 */
export const noteBeat = async (deps: Deps, sign: SignOfLife, order: BeatOrder | undefined): Promise<NotedBeat> => {
  let seen: Operator | undefined;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const outcome = await deps.table.write(
      order === undefined ? beatWithoutListWrite(sign) : heartbeatWrite(sign, order),
    );
    if (outcome.outcome === "written")
      return notedAs(operatorFrom(outcome.item ?? {}), order === undefined ? "absent" : "taken");
    seen = operatorFrom(outcome.found ?? {});
    const standing = sign.agent === undefined ? "current" : standingOf(seen.processes, sign.agent.processId);
    if (standing === "replaced")
      return { operator: seen, list: order === undefined ? "absent" : "refused", superseded: true };
    if (standing === "new") await takeOver(deps, sign.agent, seen, sign.now);
    else {
      const noted = order === undefined ? notedAs(seen, "absent") : await noteLate(deps, sign, order, seen);
      if (noted !== undefined) return noted;
    }
  }
  return notedAs(seen ?? operatorFrom({ sk: sign.instanceId }), order === undefined ? "absent" : "refused");
};

const notedAs = (operator: Operator, list: NotedBeat["list"]): NotedBeat => ({ operator, list, superseded: false });

// Its registration was refused or did not arrive. It was never heard of, so it started after the current one.
const takeOver = async (
  { table }: Deps,
  agent: Agent | undefined,
  { instanceId, processes }: Operator,
  now: EpochMs,
): Promise<void> => {
  if (agent === undefined || processes === undefined) return;
  const next = { current: agent.processId, since: now, replaced: replacedBy(processes, agent.processId) };
  await table.write(processesWrite(instanceId, processes, next));
};

// Undefined if another heartbeat was noted meanwhile.
const noteLate = async (
  { table, staleMs }: Deps,
  sign: SignOfLife,
  order: BeatOrder,
  seen: Operator,
): Promise<NotedBeat | undefined> => {
  if (isNotedAlready(seen, order)) return notedAs(seen, "taken");
  // The processes of an agent differ by their ids.
  const rival = sign.agent === undefined ? rivalAfter(seen, order, { now: sign.now, staleMs }) : undefined;
  const isLater = isClearlyLater(order.sentAt, seen);
  const isNews = rival !== undefined && !isDeepStrictEqual(rival, seen.rival);
  if (!isLater && !isNews && !isHeardLongAgo(seen, staleMs, sign.now)) return notedAs(seen, "refused");
  const late = await table.write(
    isLater ? readmissionWrite(sign, order, seen, rival) : refusedBeatWrite(sign, seen, rival),
  );
  return late.outcome === "written" ? notedAs(operatorFrom(late.item ?? {}), isLater ? "taken" : "refused") : undefined;
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

import { ITEM_VERSION, type Key, operatorKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { isMapName } from "../store/map-names.ts";
import type { Expression, Item, Write } from "../store/table.ts";

/** What an operator is asked to stop, as its item holds it: little, for every heartbeat pays for that item's size. */
export type KillRequests = {
  /** Sessions by their ids, with when they were asked for; at most `MAX_TERMINATE`. */
  byId: Readonly<Record<string, EpochMs>>;
  /** All sessions that were known here by then. */
  before: EpochMs | undefined;
  /** When sessions beyond those were last asked for: their own records say which (`killAskedAt`). */
  marked: EpochMs | undefined;
};

/** What of a session's record says whether it is to be stopped. */
type Stoppable = { sessionId: string; createdAt: EpochMs; killAskedAt?: string | undefined };

/** The most sessions that an operator's item names. */
const MAX_TERMINATE = 50;

export const killRequestsIn = (item: Item | undefined): KillRequests => ({
  byId: (item?.["terminate"] ?? {}) as Record<string, EpochMs>,
  before: timeIn(item?.["terminateBefore"]),
  marked: timeIn(item?.["terminateMarked"]),
});

/** Whether an operator with these requests is asked to stop a session of its. */
export const isAsked = ({ byId, before, marked }: KillRequests, session: Stoppable): boolean =>
  // An id may be the name of something that every object has.
  Object.hasOwn(byId, session.sessionId) ||
  (before !== undefined && session.createdAt <= before) ||
  (marked !== undefined && session.killAskedAt !== undefined);

/**
 * Asks an operator to stop these sessions, on condition of the requests that were seen. Undefined where its item cannot name
 * them: they would be too many, or one has an id that no entry of a map can have.
 */
export const askByIdWrite = (
  instanceId: string,
  seen: KillRequests,
  sessionIds: readonly string[],
  now: EpochMs,
): (Write & { kind: "update" }) | undefined => {
  const byId = { ...Object.fromEntries(sessionIds.map((id) => [id, now])), ...seen.byId };
  if (Object.keys(byId).length > MAX_TERMINATE || !sessionIds.every(isMapName)) return undefined;
  return request(operatorKey(instanceId), "terminate", byId, sameByIds(seen));
};

/** Asks an operator to stop what is live there and marked: to be written before any mark is. */
export const askMarkedWrite = (instanceId: string, now: EpochMs): Write & { kind: "update" } =>
  request(operatorKey(instanceId), "terminateMarked", formatTime(now), undefined);

/** Asks an operator to stop all that was known here by now, on condition of the requests that were seen. */
export const askAllWrite = (instanceId: string, seen: KillRequests, now: EpochMs): Write & { kind: "update" } =>
  request(operatorKey(instanceId), "terminateBefore", formatTime(now), same("terminateBefore", seen.before));

/** That nobody has asked for other sessions by their ids since. */
export const sameByIds = ({ byId }: KillRequests): Expression =>
  Object.keys(byId).length === 0
    ? { expression: "attribute_not_exists(terminate)" }
    : { expression: "terminate = :seenTerminate", values: { ":seenTerminate": byId } };

/** That the time of the last request of a kind is the one that was seen. */
export const same = (name: "terminateBefore" | "terminateMarked", seen: EpochMs | undefined): Expression =>
  seen === undefined
    ? { expression: `attribute_not_exists(${name})` }
    : { expression: `${name} = :seen_${name}`, values: { [`:seen_${name}`]: formatTime(seen) } };

// An operator that was given up has something live after all, if a session of it is to be stopped.
const request = (
  key: Key,
  name: string,
  value: unknown,
  condition: Expression | undefined,
): Write & { kind: "update" } => ({
  kind: "update",
  key,
  update: {
    expression: `SET v = :v, ${name} = :asked REMOVE expiresAt`,
    values: { ":v": ITEM_VERSION, ":asked": value },
  },
  ...(condition === undefined ? {} : { condition }),
});

const timeIn = (value: unknown): EpochMs | undefined => (value === undefined ? undefined : Date.parse(String(value)));

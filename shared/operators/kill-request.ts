import { ITEM_VERSION, type Key, operatorKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { isMapName } from "../store/map-names.ts";
import type { Expression, Item, Write } from "../store/table.ts";

/** What an operator is asked to stop, as its item stores it. It is short, since every heartbeat pays for the item's size. */
export type KillRequests = {
  /** When each session was asked for, by its id; at most `MAX_TERMINATE`. */
  byId: Readonly<Record<string, EpochMs>>;
  /** Asked for are all sessions that were known by then. */
  before: EpochMs | undefined;
  /** When other sessions were last asked for. Their own records have `killAskedAt`. */
  marked: EpochMs | undefined;
};

/** The part of a session's record that says whether to stop it. */
type Stoppable = { sessionId: string; createdAt: EpochMs; killAskedAt?: string | undefined };

/** The most sessions that an operator's item names. */
const MAX_TERMINATE = 50;

export const killRequestsIn = (item: Item | undefined): KillRequests => ({
  byId: (item?.["terminate"] ?? {}) as Record<string, EpochMs>,
  before: timeIn(item?.["terminateBefore"]),
  marked: timeIn(item?.["terminateMarked"]),
});

/** Whether these requests ask the operator to stop this session. */
export const isAsked = ({ byId, before, marked }: KillRequests, session: Stoppable): boolean =>
  // An id may be the name of something that every object has.
  Object.hasOwn(byId, session.sessionId) ||
  (before !== undefined && session.createdAt <= before) ||
  (marked !== undefined && session.killAskedAt !== undefined);

/**
 * Asks an operator to stop these sessions, on condition that its requests are still the ones that were read. Undefined if
 * the item cannot name them: they are too many, or an id cannot be the name of a map entry.
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

/** Asks an operator to stop its live sessions that are marked. Write this before any mark. */
export const askMarkedWrite = (instanceId: string, now: EpochMs): Write & { kind: "update" } =>
  request(operatorKey(instanceId), "terminateMarked", formatTime(now), undefined);

/** Asks an operator to stop all sessions known by now, on condition that its requests are still the ones that were read. */
export const askAllWrite = (instanceId: string, seen: KillRequests, now: EpochMs): Write & { kind: "update" } =>
  request(operatorKey(instanceId), "terminateBefore", formatTime(now), same("terminateBefore", seen.before));

/** The condition that no other sessions have been asked for by id since. */
export const sameByIds = ({ byId }: KillRequests): Expression =>
  Object.keys(byId).length === 0
    ? { expression: "attribute_not_exists(terminate)" }
    : { expression: "terminate = :seenTerminate", values: { ":seenTerminate": byId } };

/** The condition that the last request of a kind is still the one that was read. */
export const same = (name: "terminateBefore" | "terminateMarked", seen: EpochMs | undefined): Expression =>
  seen === undefined
    ? { expression: `attribute_not_exists(${name})` }
    : { expression: `${name} = :seen_${name}`, values: { [`:seen_${name}`]: formatTime(seen) } };

// An operator that was given up has a live session after all if one is to be stopped.
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

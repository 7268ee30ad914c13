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
  /** Whether these exclude previews, because the agent cannot stop any. */
  skipsPreviews: boolean;
  /** When other sessions were last asked for. Their own records have `killAskedAt`. */
  marked: EpochMs | undefined;
};

/** The part of a session's record that says whether to stop it. */
type Stoppable = {
  sessionId: string;
  createdAt: EpochMs;
  kind?: string | undefined;
  killAskedAt?: string | undefined;
  stopRefused?: { at: string } | undefined;
};

/** The most sessions that an operator's item names. */
const MAX_TERMINATE = 50;

export const killRequestsIn = (item: Item | undefined): KillRequests => ({
  byId: (item?.["terminate"] ?? {}) as Record<string, EpochMs>,
  before: timeIn(item?.["terminateBefore"]),
  skipsPreviews: item?.["terminateSkips"] === "previews",
  marked: timeIn(item?.["terminateMarked"]),
});

/** Whether these requests ask the operator to stop this session, and it has not answered since that it cannot. */
export const isAsked = (requests: KillRequests, session: Stoppable): boolean => {
  const refusedAt = session.stopRefused === undefined ? Number.NEGATIVE_INFINITY : Date.parse(session.stopRefused.at);
  return askedAt(requests, session).some((at) => at > refusedAt);
};

const askedAt = ({ byId, before, skipsPreviews, marked }: KillRequests, session: Stoppable): EpochMs[] => {
  const isMeant = before !== undefined && session.createdAt <= before && !(skipsPreviews && session.kind === "preview");
  return [
    // An id may be the name of something that every object has.
    Object.hasOwn(byId, session.sessionId) ? byId[session.sessionId] : undefined,
    isMeant ? before : undefined,
    marked === undefined || session.killAskedAt === undefined ? undefined : Date.parse(session.killAskedAt),
  ].filter((at) => at !== undefined);
};

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
  const byId = { ...seen.byId, ...Object.fromEntries(sessionIds.map((id) => [id, now])) };
  if (Object.keys(byId).length > MAX_TERMINATE || !sessionIds.every(isMapName)) return undefined;
  return request(operatorKey(instanceId), "terminate", byId, sameByIds(seen));
};

/** Asks an operator to stop its live sessions that are marked. Write this before any mark. */
export const askMarkedWrite = (instanceId: string, now: EpochMs): Write & { kind: "update" } =>
  request(operatorKey(instanceId), "terminateMarked", formatTime(now), undefined);

/**
 * Asks an operator to stop all sessions known by now, on condition that its requests are still the ones that were read.
 * `skipsPreviews`: all but previews.
 */
export const askAllWrite = (
  instanceId: string,
  seen: KillRequests,
  now: EpochMs,
  { skipsPreviews }: Pick<KillRequests, "skipsPreviews">,
): Write & { kind: "update" } => {
  const key = operatorKey(instanceId);
  const asked = request(key, "terminateBefore", formatTime(now), same("terminateBefore", seen.before));
  const { expression, values } = asked.update;
  return {
    ...asked,
    update: skipsPreviews
      ? {
          expression: expression.replace("SET ", "SET terminateSkips = :skips, "),
          values: { ...values, ":skips": "previews" },
        }
      : { expression: `${expression}, terminateSkips`, ...(values === undefined ? {} : { values }) },
  };
};

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

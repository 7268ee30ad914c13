import { liveList, operatorKey, sessionKey } from "../contract/keys.ts";
import { type EpochMs, MINUTE_MS } from "../contract/time.ts";
import { isAsked, same, sameByIds } from "../operators/kill-request.ts";
import type { Operator } from "../operators/operator.ts";
import { isLiveAt, type SessionRecord, sessionRecord } from "../sessions/record.ts";
import type { Expression, Table } from "../store/table.ts";

/**
 * How old a request for many sessions must be before it is deleted. When it came, the index may not have shown all live
 * sessions yet.
 */
const SETTLED_MS = 2 * MINUTE_MS;

/** The sessions an operator is to stop, and its requests that are done. */
export type Terminations = { pending: string[]; gone: { ids: readonly string[]; others: boolean } };

/**
 * The live sessions of an operator that it was asked to stop. Each answer names them until they are gone. If nothing
 * was asked, this reads nothing.
 */
export const terminationsOf = async (
  table: Table,
  operator: Operator,
  listed: ReadonlySet<string>,
  now: EpochMs,
): Promise<Terminations> => {
  const { byId, before, marked } = operator.kills;
  const ids = Object.keys(byId);
  const isNamed = (session: SessionRecord) => isAsked(operator.kills, session);
  const named = ids.length === 0 ? [] : idsOf((await liveAmong(table, operator, ids)).filter(isNamed));
  const others = before === undefined && marked === undefined ? [] : await liveAndAsked(table, operator, listed);
  const live = new Set(named);
  return {
    pending: [...new Set([...named, ...others])],
    gone: {
      ids: ids.filter((id) => !live.has(id)),
      others:
        others.length === 0 &&
        (before !== undefined || marked !== undefined) &&
        now - Math.max(before ?? 0, marked ?? 0) >= SETTLED_MS,
    },
  };
};

/** Deletes the requests that are done, unless others came since. */
export const forgetTerminations = async (
  table: Table,
  { instanceId, kills }: Operator,
  { ids, others }: Terminations["gone"],
): Promise<void> => {
  if (ids.length === 0 && !others) return;
  const rest = Object.fromEntries(Object.entries(kills.byId).filter(([id]) => !ids.includes(id)));
  const keepsSome = Object.keys(rest).length > 0;
  const removed = [
    ...(ids.length > 0 && !keepsSome ? ["terminate"] : []),
    ...(others ? ["terminateBefore", "terminateSkips", "terminateMarked"] : []),
  ];
  const set = ids.length > 0 && keepsSome;
  await table.write({
    kind: "update",
    key: operatorKey(instanceId),
    update: {
      expression: [set ? "SET terminate = :rest" : "", removed.length > 0 ? `REMOVE ${removed.join(", ")}` : ""]
        .join(" ")
        .trim(),
      ...(set ? { values: { ":rest": rest } } : {}),
    },
    condition: all([
      ...(ids.length > 0 ? [sameByIds(kills)] : []),
      ...(others ? [same("terminateBefore", kills.before), same("terminateMarked", kills.marked)] : []),
    ]),
  });
};

const all = (conditions: readonly Expression[]): Expression => ({
  expression: conditions.map(({ expression }) => expression).join(" AND "),
  values: Object.assign({}, ...conditions.map(({ values }) => values)),
});

const idsOf = (sessions: readonly SessionRecord[]): string[] => sessions.map(({ sessionId }) => sessionId);

const liveAmong = async (table: Table, operator: Operator, ids: readonly string[]): Promise<SessionRecord[]> =>
  (await recordsOf(table, ids)).filter(isLiveAt(operator));

// The index lags: it misses a session that started just now, and still shows one that ended just now. The operator's
// list adds the first kind. A read of the table removes the second, if the operator does not list it.
const liveAndAsked = async (table: Table, operator: Operator, listed: ReadonlySet<string>): Promise<string[]> => {
  const items = await table.query({ partition: liveList(operator.instanceId), index: true });
  const shown = items.map(sessionRecord);
  const shownIds = new Set(shown.map(({ sessionId }) => sessionId));
  const hidden = await recordsOf(
    table,
    [...listed].filter((id) => !shownIds.has(id)),
  );
  const asked = [...shown, ...hidden.filter(isLiveAt(operator))]
    .filter((session) => isAsked(operator.kills, session))
    .map(({ sessionId }) => sessionId);
  const unlisted = await liveAmong(
    table,
    operator,
    asked.filter((id) => !listed.has(id)),
  );
  return [...asked.filter((id) => listed.has(id)), ...idsOf(unlisted)];
};

const recordsOf = async (table: Table, ids: readonly string[]): Promise<SessionRecord[]> =>
  (await table.batchGet(ids.map(sessionKey), { consistent: true })).map(sessionRecord);

import { liveList, operatorKey, sessionKey } from "../contract/keys.ts";
import { type EpochMs, MINUTE_MS } from "../contract/time.ts";
import { isAsked, same, sameByIds } from "../operators/kill-request.ts";
import type { Operator } from "../operators/operator.ts";
import { isLiveAt, type SessionRecord, sessionRecord } from "../sessions/record.ts";
import type { Expression, Table } from "../store/table.ts";

/**
 * Until a request for more than single sessions is old enough to be forgotten: what was live when it came may not have been
 * shown by the index, nor listed by its operator, before.
 */
const SETTLED_MS = 2 * MINUTE_MS;

/** What an operator is to stop, and the rest of its requests that nothing is left to do for. */
export type Terminations = { pending: string[]; gone: { ids: readonly string[]; others: boolean } };

/**
 * The sessions of an operator that it was asked to stop and that are live there still: it is told of them until they are
 * gone. Where nothing was asked it costs nothing.
 */
export const terminationsOf = async (
  table: Table,
  operator: Operator,
  listed: ReadonlySet<string>,
  now: EpochMs,
): Promise<Terminations> => {
  const { byId, before, marked } = operator.kills;
  const ids = Object.keys(byId);
  const named = ids.length === 0 ? [] : await liveAmong(table, operator, ids);
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

/** Clears away the requests that nothing is left to do for, unless others have come since. */
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
    ...(others ? ["terminateBefore", "terminateMarked"] : []),
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

const liveAmong = async (table: Table, operator: Operator, ids: readonly string[]): Promise<string[]> =>
  (await recordsOf(table, ids)).filter(isLiveAt(operator)).map(({ sessionId }) => sessionId);

// The index shows what started a moment ago not yet, and what ended a moment ago still: the operator's own list makes up for
// the one, and for the other the table is asked where the operator does not list it.
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
  return [...asked.filter((id) => listed.has(id)), ...unlisted];
};

const recordsOf = async (table: Table, ids: readonly string[]): Promise<SessionRecord[]> =>
  (await table.batchGet(ids.map(sessionKey), { consistent: true })).map(sessionRecord);

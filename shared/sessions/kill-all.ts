import { operatorKey } from "../contract/keys.ts";
import { askAllWrite, askByIdWrite, askMarkedWrite, isAsked, killRequestsIn } from "../operators/kill-request.ts";
import type { Operator } from "../operators/operator.ts";
import { auditWrite } from "../store/audit.ts";
import { inParallel } from "../store/parallel.ts";
import { retrying } from "../store/retry.ts";
import { MAX_TRANSACT_ITEMS, StoreUnavailable, type Write } from "../store/table.ts";
import type { Moment } from "./deps.ts";
import { type FoundSessions, findLive, findLivePatiently, operatorsOf } from "./find-live.ts";
import { canStop, type KillDeps, killSession, markWrite } from "./kill.ts";
import type { SessionFilter } from "./list.ts";
import { onItsOwn } from "./on-its-own.ts";
import type { LiveSession } from "./record.ts";

/** Who asks for the kill, for the audit. `asked`: the filters as they were given. */
export type KillAllBy = { actor: string; asked: Readonly<Record<string, string>> };

const OPERATORS_AT_ONCE = 8;
const MARKS_AT_ONCE = 16;

/** How many live sessions operators are asked to stop, and the ids of preview environments that their agents may not. */
export type KillAllOutcome = { count: number; skipped: string[] };

/**
 * Asks operators to stop all live sessions, or those of a filter. Sessions that start later continue. The request to each operator and its audit row are one transaction, so a function that is killed half way has
 * audited exactly what it asked for; the same call again asks the rest. An operator that fails stops no other, then the
 * first failure is thrown.
 */
export const killSessions = async (
  deps: KillDeps,
  filter: SessionFilter,
  by: KillAllBy,
  moment: Moment,
): Promise<KillAllOutcome> => {
  const isOfAll = filter.namespace === undefined && filter.isOf === undefined;
  const all = isOfAll ? await findLive(deps.table, filter) : await findLivePatiently(deps, filter, moment);
  const { found, skipped } = withoutUnable(all, await operatorsOf(deps.table, filter));
  if (isOfAll) await askAll(deps, filter, found, by, moment);
  else {
    const each = onItsOwn();
    for (const [instanceId, sessions] of found)
      await each.run(instanceId, () => askSome(deps, instanceId, sessions, by, moment));
    each.throwFirst();
  }
  return { count: [...found.values()].reduce((count, sessions) => count + sessions.length, 0), skipped };
};

// An operator without an item is no agent.
const withoutUnable = (
  all: FoundSessions,
  operators: readonly Operator[],
): { found: FoundSessions; skipped: string[] } => {
  const byId = new Map(operators.map((operator) => [operator.instanceId, operator]));
  const canBe = (session: LiveSession): boolean => {
    const operator = byId.get(session.instanceId);
    return operator === undefined || canStop(operator, session);
  };
  const sessions = [...all.values()].flat();
  return {
    found: Map.groupBy(sessions.filter(canBe), ({ instanceId }) => instanceId),
    skipped: sessions.filter((session) => !canBe(session)).map(({ sessionId }) => sessionId),
  };
};

// By time, so that sessions which the index does not show yet are included. Operators are listed again until all are asked:
// a new one may have adopted sessions of one that was not asked yet.
const askAll = async (
  deps: KillDeps,
  filter: SessionFilter,
  found: FoundSessions,
  by: KillAllBy,
  moment: Moment,
): Promise<void> => {
  const askNext = async (): Promise<"all" | "more" | undefined> => {
    const open = (await operatorsOf(deps.table, filter)).filter(
      ({ kills, givenUp, instanceId }) =>
        (kills.before === undefined || kills.before < moment.now) &&
        (!givenUp || (found.get(instanceId)?.length ?? 0) > 0),
    );
    const next = open.slice(0, MAX_TRANSACT_ITEMS - 1);
    if (next.length === 0) return "all";
    const sessions = next.reduce((count, { instanceId }) => count + (found.get(instanceId)?.length ?? 0), 0);
    const { outcome } = await deps.table.transact([
      ...next.map((operator) =>
        askAllWrite(operator.instanceId, operator.kills, moment.now, { skipsPreviews: !canStop(operator, PREVIEW) }),
      ),
      audited(deps, by, sessions, moment),
    ]);
    return outcome === "committed" ? "more" : undefined;
  };
  while ((await retrying(deps.pace, moment.deadline, askNext)) === "more");
};

const PREVIEW = { kind: "preview" } as const;

const askSome = async (
  deps: KillDeps,
  instanceId: string,
  sessions: readonly LiveSession[],
  by: KillAllBy,
  moment: Moment,
): Promise<void> => {
  const requests = killRequestsIn(await deps.table.get(operatorKey(instanceId), { consistent: true }));
  const open = sessions.filter((session) => !isAsked(requests, session));
  if (open.length === 0) return;
  const audit = audited(deps, by, open.length, moment);
  const request = askByIdWrite(
    instanceId,
    requests,
    open.map(({ sessionId }) => sessionId),
    moment.now,
  );
  if (request === undefined) return askMarked(deps, instanceId, open, audit, by, moment);
  const marks = open.map((session) => markWrite(session, moment.now));
  const { outcome } = await deps.table.transact([request, audit, ...marks]);
  // A session has ended or was adopted, or others ask the same operator: ask for each one alone.
  if (outcome !== "committed") await askEach(deps, open, by, moment);
};

// Too many to name them in the operator's item, so their own records are marked. The item is written first, so that no mark
// is left unread.
const askMarked = async (
  deps: KillDeps,
  instanceId: string,
  sessions: readonly LiveSession[],
  audit: Write,
  { actor }: KillAllBy,
  moment: Moment,
): Promise<void> => {
  await retrying(deps.pace, moment.deadline, async () => {
    const { outcome } = await deps.table.transact([askMarkedWrite(instanceId, moment.now), audit]);
    return outcome === "committed" ? true : undefined;
  });
  const each = onItsOwn();
  const mark = async (session: LiveSession): Promise<void> => {
    if (deps.pace.now() >= moment.deadline)
      throw new StoreUnavailable("the deadline came before all sessions were asked for");
    const { outcome } = await deps.table.write(markWrite(session, moment.now));
    // It has ended, or was adopted by an operator that has not been asked.
    if (outcome === "refused") await killSession(deps, session.sessionId, actor, moment);
  };
  await inParallel(sessions, MARKS_AT_ONCE, async (session) => {
    await each.run(session.sessionId, () => mark(session));
  });
  each.throwFirst();
};

const askEach = async (
  deps: KillDeps,
  sessions: readonly LiveSession[],
  { actor }: KillAllBy,
  moment: Moment,
): Promise<void> => {
  const each = onItsOwn();
  await inParallel(sessions, OPERATORS_AT_ONCE, async ({ sessionId }) => {
    await each.run(sessionId, () => killSession(deps, sessionId, actor, moment));
  });
  each.throwFirst();
};

const audited = (deps: KillDeps, { actor, asked }: KillAllBy, sessions: number, { now }: Moment): Write => {
  const entry = { action: "session.kill_all", actor, ...asked, sessions };
  return auditWrite(entry, now, deps.newId(), deps.retentionDays);
};

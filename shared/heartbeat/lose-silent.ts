import { ITEM_VERSION, jobRunKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, MINUTE_MS } from "../contract/time.ts";
import { listOperators } from "../operators/list.ts";
import { isSilent, type Operator } from "../operators/operator.ts";
import type { Moment } from "../sessions/deps.ts";
import { onItsOwn } from "../sessions/on-its-own.ts";
import type { Table } from "../store/table.ts";
import { loseSessions, type ReapDeps } from "./reap-operator.ts";

export type LostOfSilent = {
  /** Sessions ended as lost. */
  lost: number;
  /** Whether it waits, because most operators were silent lately. */
  waits: boolean;
  /** Operators that failed or were not reached before the deadline. */
  left: number;
};

/** The job runs every five minutes. After a longer pause nobody knows whom the server could hear. */
const PAUSE_MS = 15 * MINUTE_MS;

/**
 * Ends the sessions of operators that have been silent for `lostAfterMs`, so that their seats become free. It waits while fewer
 * than half of the operators heard in the last day were heard lately, and for as long after: the server or the network is
 * likely at fault. An operator that is back revives what it lists.
 */
export const loseSilent = async (deps: ReapDeps, moment: Moment): Promise<LostOfSilent> => {
  const operators = await listOperators(deps.table, { consistent: true });
  if (await isOutage(deps, operators, moment.now)) return { lost: 0, waits: true, left: 0 };
  const result: LostOfSilent = { lost: 0, waits: false, left: 0 };
  const each = onItsOwn();
  const silent = operators.filter(
    (operator) => operator.digest.count > 0 && isSilent(operator, deps.lostAfterMs, moment.now),
  );
  for (const operator of silent) {
    const done = await each.run(operator.instanceId, () => loseSessions(deps, operator, moment));
    result.lost += done?.lost ?? 0;
    if (done === undefined || done.rest === "left" || done.rest === "failed") result.left += 1;
  }
  each.report(deps.log, "silent operators not handled");
  return result;
};

const isOutage = async (
  { table, staleMs, lostAfterMs }: ReapDeps,
  operators: readonly Operator[],
  now: EpochMs,
): Promise<boolean> => {
  const heardWithin = (ms: number) => operators.filter((operator) => !isSilent(operator, ms, now)).length;
  const before = await readWatch(table);
  const hadPause = before === undefined || now - before.lookedAt > PAUSE_MS;
  const isOut = hadPause || 2 * heardWithin(staleMs) < heardWithin(DAY_MS);
  const outAt = isOut ? now : before?.outAt;
  const item = { ...WATCH_KEY, v: ITEM_VERSION, lookedAt: formatTime(now) };
  await table.write({ kind: "put", item: outAt === undefined ? item : { ...item, outAt: formatTime(outAt) } });
  return outAt !== undefined && now - outAt < lostAfterMs;
};

/** When the job last looked at the operators, and when too few of them had been heard. */
type Watch = { lookedAt: EpochMs; outAt: EpochMs | undefined };

const WATCH_KEY = jobRunKey("operators heard");

const readWatch = async (table: Table): Promise<Watch | undefined> => {
  const item = await table.get(WATCH_KEY, { consistent: true });
  if (item === undefined) return undefined;
  const { lookedAt, outAt } = item;
  return {
    lookedAt: Date.parse(String(lookedAt)),
    outAt: outAt === undefined ? undefined : Date.parse(String(outAt)),
  };
};

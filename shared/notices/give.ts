import { ITEM_VERSION, type Key, noticeKey } from "../contract/keys.ts";
import { DAY_MS, type EpochMs, formatTime, SECOND_MS } from "../contract/time.ts";
import type { Item, Table } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Notice } from "./notice.ts";
import type { Notify } from "./notifier.ts";

/** Far beyond the time in which anything could be told of again. */
const KEPT_MS = 90 * DAY_MS;

export type GiveDeps = {
  table: Table;
  notify: Notify;
  log: Logger;
  /** Told of each that is given, before it is noted. */
  onGiven?: (notice: Notice) => void;
};

export type Given = { told: number; noted: number; failed: number };

/**
 * Gives those of these notices that have not been given: people are told first, then it is noted. So a crash in between
 * loses none; it is told once more by the next run, as it may be by two runs at the same time. One that cannot be told
 * spoils no other and is the next run's. One that cannot be noted ends the run with a `StoreUnavailable`: all the others
 * would be told again, too.
 */
export const giveNotices = async (
  deps: GiveDeps,
  notices: readonly Notice[],
  { now, deadline, clock }: { now: EpochMs; deadline: EpochMs; clock: () => EpochMs },
): Promise<Given> => {
  const given: Given = { told: 0, noted: 0, failed: 0 };
  for (const notice of await withoutGiven(deps.table, notices)) {
    if (clock() >= deadline || !(await tell(deps, notice))) {
      given.failed += 1;
      continue;
    }
    if (notice.message !== undefined) given.told += 1;
    await note(deps.table, notice, now);
    given.noted += 1;
  }
  return given;
};

const tell = async ({ notify, onGiven, log }: GiveDeps, notice: Notice): Promise<boolean> => {
  const { kind, what, message } = notice;
  try {
    if (message !== undefined) await notify(message);
  } catch (error) {
    log.warn("notice not given", { kind, what, error });
    return false;
  }
  onGiven?.(notice);
  return true;
};

const withoutGiven = async (table: Table, notices: readonly Notice[]): Promise<Notice[]> => {
  const keys = notices.map(({ kind, what }) => noticeKey(kind, what));
  const noted = new Set((await table.batchGet(keys, { consistent: true })).map(({ pk, sk }) => `${pk} ${sk}`));
  return notices.filter(({ kind, what }) => {
    const { pk, sk } = noticeKey(kind, what);
    return !noted.has(`${pk} ${sk}`);
  });
};

// Put only if absent, so that its event goes out once whoever else is at it.
const note = async (table: Table, { kind, what, facts }: Notice, now: EpochMs): Promise<void> => {
  const item: Key & Item = {
    ...noticeKey(kind, what),
    v: ITEM_VERSION,
    kind,
    ...facts,
    notedAt: formatTime(now),
    expiresAt: Math.floor((now + KEPT_MS) / SECOND_MS),
  };
  await table.write({ kind: "put", item, condition: { expression: "attribute_not_exists(pk)" } });
};

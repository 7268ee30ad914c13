import { createHash } from "node:crypto";
import {
  DEFERRED_DAYS_PREFIX,
  DIRTY_LIST,
  deferredDaysKey,
  dirtyDayKey,
  ITEM_VERSION,
  usageSinceKey,
} from "../contract/keys.ts";
import { dayOf, type EpochMs, earliest, formatTime, latest, MINUTE_MS, monthOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table, Write } from "../store/table.ts";
import { dayAfter, daysBetween, firstClosable, lastMaybeClosed, longestMs } from "./closing.ts";
import { type AdmitCombination, admitCombinations } from "./combinations.ts";
import type { CountedSession } from "./counted.ts";
import { kindOf } from "./row.ts";
import { type NoteMonth, noteMonth } from "./since.ts";

/** The usage that one session adds, and the usage that it removes. */
export type CountedChange = {
  added: CountedSession | undefined;
  removed: CountedSession | undefined;
  /** This change creates its record: no day can have counted it as running. */
  firstKnown?: true | undefined;
};

/** What is noted of usage before it is counted. */
export type UsageMarks = {
  /**
   * To be called right before the transaction that counts. It first marks each day that may be closed already and that the
   * changes affect, so that no crash between the two leaves the day as it was. An end that is reported on its day marks
   * nothing.
   */
  before(changes: readonly CountedChange[]): Promise<void>;
  /** Part of `before`, for a caller that is going to count many months and knows the first of them. */
  noteMonth: NoteMonth;
  /** Whether a day has rows for this combination of machine sessions. */
  admitCombination: AdmitCombination;
};

/** The marks of a process. `ofRequest` gives those of one request: what it may not mark is left to the nightly job. */
export type ProcessMarks = UsageMarks & { ofRequest(): UsageMarks };

/** The most closed days that one request reopens. */
export const REOPENED_BY_REQUEST = 35;
/** A process marks a day no more often than this. */
const MARKED_FOR_MS = MINUTE_MS;
const MOST_REMEMBERED = 4_096;
const WRITES_AT_ONCE = 8;

export const usageMarks = (table: Table, now: () => EpochMs, retentionDays: number): ProcessMarks => {
  const note = noteMonth(table);
  const admitCombination = admitCombinations(table, retentionDays);
  const marked = new Map<string, EpochMs>();
  const remember = (day: string, at: EpochMs): void => {
    if (marked.size >= MOST_REMEMBERED) marked.clear();
    marked.set(day, at);
  };
  const isMarked = (day: string, at: EpochMs): boolean => {
    const before = marked.get(day);
    return before !== undefined && at >= before && at - before < MARKED_FOR_MS;
  };
  const marksOf = (most: number): UsageMarks => {
    let left = most;
    return {
      noteMonth: note,
      admitCombination,
      async before(changes) {
        const counted = changes.flatMap(({ added, removed }) => [added ?? [], removed ?? []].flat());
        for (const month of new Set(counted.map(({ endedAt }) => monthOf(endedAt)))) await note(month);
        const at = now();
        const closable = { first: firstClosable(at, retentionDays), last: lastMaybeClosed(at) };
        const days = staleDaysOf(changes, closable).filter((day) => !isMarked(day, at));
        const deferred = days.splice(left);
        left -= days.length;
        await inParallel(days, WRITES_AT_ONCE, async (day) => {
          await table.write(markWrite(day, at));
          remember(day, at);
        });
        if (deferred.length === 0) return;
        await table.write(deferWrite(deferred, at));
        for (const day of deferred) remember(day, at);
      },
    };
  };
  return { ...marksOf(Number.POSITIVE_INFINITY), ofRequest: () => marksOf(REOPENED_BY_REQUEST) };
};

type Closable = { first: string; last: string };

// The days on which sessions end come first, since their sums change; of each kind the newest come first.
const staleDaysOf = (changes: readonly CountedChange[], closable: Closable): string[] => {
  const stale = new Set(changes.flatMap((change) => staleDays(change, closable)));
  const ends = new Set(
    changes.flatMap(({ added, removed }) => [added, removed].flatMap((one) => (one ? dayOf(one.endedAt) : []))),
  );
  return [...stale].sort((one, other) => Number(ends.has(other)) - Number(ends.has(one)) || (one < other ? 1 : -1));
};

/**
 * The days whose statistics a change affects, of those that may be closed by now and can still be closed again. A session
 * counts as running for no longer than a session can last, whenever its end is reported.
 *
 * - A session that comes to count is new to the day of its end. If it was known before, the days since then may have
 *   counted it as running; and those of its days that could be closed before it was known lack it.
 * - A session that no longer counts continues, through all days since its supposed end.
 * - A session whose end is corrected changes the days between both ends.
 */
const staleDays = ({ added, removed, firstKnown }: CountedChange, { first, last }: Closable): string[] => {
  const between = (from: string, to: string) => daysBetween(latest(from, first), earliest(to, last));
  const [newEnd, oldEnd] = [added && dayOf(added.endedAt), removed && dayOf(removed.endedAt)];
  if (removed !== undefined && oldEnd !== undefined)
    return newEnd === undefined
      ? between(oldEnd, latest(oldEnd, lastDayOf(removed)))
      : between(earliest(oldEnd, newEnd), latest(oldEnd, newEnd));
  if (added === undefined || newEnd === undefined) return [];
  const unseen = between(dayOf(added.startedAt), earliest(newEnd, lastMaybeClosed(added.createdAt)));
  return [...unseen, ...between(newEnd, firstKnown === true ? newEnd : latest(newEnd, lastDayOf(added)))];
};

const lastDayOf = ({ startedAt, identity }: CountedSession): string => dayOf(startedAt + longestMs(kindOf(identity)));

const markWrite = (day: string, at: EpochMs): Write & { kind: "update" } => ({
  kind: "update",
  key: dirtyDayKey(day),
  update: {
    expression: "SET v = :v, dirtyAt = :now, #list = :list, #at = :day",
    names: { "#list": "list", "#at": "at" },
    values: { ":v": ITEM_VERSION, ":now": formatTime(at), ":list": DIRTY_LIST, ":day": day },
  },
});

/** The days that carry a mark, as the index shows them. */
export const listDirtyDays = async (table: Table): Promise<string[]> =>
  (await table.query({ partition: DIRTY_LIST, index: true })).map((item) => String(item["at"]));

/** When each of these days was last marked, as stored text. Days without a mark are absent. */
export const readMarks = async (table: Table, days: readonly string[]): Promise<Map<string, string>> => {
  const items = await table.batchGet(days.map(dirtyDayKey), { consistent: true });
  return new Map(items.map((item) => [String(item["at"]), String(item["dirtyAt"])]));
};

/** Marks a day as of a moment, even if it is marked already: a job that closes it meanwhile leaves this mark. */
export const markDay = async (table: Table, day: string, at: EpochMs): Promise<void> => {
  await table.write(markWrite(day, at));
};

// Runs of days, first and last: a session that lasted long is one.
const deferWrite = (days: readonly string[], at: EpochMs): Write & { kind: "put" } => {
  const runs: [first: string, last: string][] = [];
  for (const day of [...days].sort()) {
    const run = runs.at(-1);
    if (run !== undefined && dayAfter(run[1]) === day) run[1] = day;
    else runs.push([day, day]);
  }
  const hash = createHash("sha256").update(JSON.stringify(runs)).digest("base64url").slice(0, 22);
  return { kind: "put", item: { ...deferredDaysKey(formatTime(at), hash), v: ITEM_VERSION, runs } };
};

/** Marks the days that requests left to the job, as of now; those out of `first` to `last` need none. */
export const markDeferredDays = async (
  table: Table,
  { first, last }: { first: string; last: string },
  now: EpochMs,
): Promise<void> => {
  const range = { prefix: DEFERRED_DAYS_PREFIX };
  const items = await table.query({ partition: usageSinceKey.pk, range, consistent: true });
  const days = new Set(
    items
      .flatMap(({ runs }) => runs as [string, string][])
      .flatMap(([from, to]) => daysBetween(latest(from, first), earliest(to, last))),
  );
  // Before the notes go: a run that is killed in between does both again.
  await inParallel([...days], WRITES_AT_ONCE, (day) => markDay(table, day, now));
  await inParallel(items, WRITES_AT_ONCE, async ({ pk, sk }) => {
    await table.write({ kind: "delete", key: { pk: String(pk), sk: String(sk) } });
  });
};

/** Marks a day as of a moment, unless it is marked. */
export const markIfClean = async (table: Table, day: string, at: EpochMs): Promise<void> => {
  await table.write({
    kind: "put",
    item: { ...dirtyDayKey(day), v: ITEM_VERSION, dirtyAt: formatTime(at), list: DIRTY_LIST, at: day },
    condition: { expression: "attribute_not_exists(pk)" },
  });
};

/** Deletes a mark, unless the day was marked again since `dirtyAt` was read. */
export const clearMark = async (table: Table, day: string, dirtyAt: string): Promise<void> => {
  await table.write({
    kind: "delete",
    key: dirtyDayKey(day),
    condition: { expression: "dirtyAt = :seen", values: { ":seen": dirtyAt } },
  });
};

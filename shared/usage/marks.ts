import { DIRTY_LIST, dirtyDayKey, ITEM_VERSION } from "../contract/keys.ts";
import { dayOf, type EpochMs, earliest, formatTime, latest, MINUTE_MS, monthOf } from "../contract/time.ts";
import { inParallel } from "../store/parallel.ts";
import type { Table, Write } from "../store/table.ts";
import { daysBetween, firstClosable, lastMaybeClosed } from "./closing.ts";
import type { CountedSession } from "./counted.ts";
import { type NoteMonth, noteMonth } from "./since.ts";

/** What one session comes to count for and what it no longer counts for. */
export type CountedChange = {
  added: CountedSession | undefined;
  removed: CountedSession | undefined;
  /** Its record comes to be by this very change: no day can have counted it as running. */
  firstKnown?: true | undefined;
};

/** What has to be noted of usage before it is counted. */
export type UsageMarks = {
  /**
   * To be called right before the transaction that counts. A day that may be closed already and that the changes touch is
   * marked first, so that no crash between the two leaves it as it was. An end that is told on its day marks nothing.
   */
  before(changes: readonly CountedChange[]): Promise<void>;
  /** Part of `before`, for whoever is going to count many months and knows the first of them. */
  noteMonth: NoteMonth;
};

/** A process marks a day no more often than this. */
const MARKED_FOR_MS = MINUTE_MS;
const MOST_REMEMBERED = 4_096;
const WRITES_AT_ONCE = 8;

export const usageMarks = (table: Table, now: () => EpochMs, retentionDays: number): UsageMarks => {
  const note = noteMonth(table);
  const marked = new Map<string, EpochMs>();
  return {
    noteMonth: note,
    async before(changes) {
      const counted = changes.flatMap(({ added, removed }) => [added ?? [], removed ?? []].flat());
      for (const month of new Set(counted.map(({ endedAt }) => monthOf(endedAt)))) await note(month);
      const at = now();
      const closable = { first: firstClosable(at, retentionDays), last: lastMaybeClosed(at) };
      const days = [...new Set(changes.flatMap((change) => staleDays(change, closable)))].filter((day) => {
        const before = marked.get(day);
        return before === undefined || at < before || at - before >= MARKED_FOR_MS;
      });
      await inParallel(days, WRITES_AT_ONCE, async (day) => {
        await table.write(markWrite(day, at));
        if (marked.size >= MOST_REMEMBERED) marked.clear();
        marked.set(day, at);
      });
    },
  };
};

/**
 * The days whose statistics a change touches, of those that may be closed by now and can still be closed again.
 *
 * - A session that comes to count is new to the day of its end. If it was known before, the days since then may have
 *   counted it as running; and those of its days that could be closed before it was known lack it.
 * - One that no longer counts runs on, through all days since what was taken for its end.
 * - One whose end is corrected changes the days between both ends.
 */
const staleDays = (
  { added, removed, firstKnown }: CountedChange,
  { first, last }: { first: string; last: string },
): string[] => {
  const between = (from: string, to: string) => daysBetween(latest(from, first), earliest(to, last));
  const [newEnd, oldEnd] = [added && dayOf(added.endedAt), removed && dayOf(removed.endedAt)];
  if (oldEnd !== undefined)
    return newEnd === undefined ? between(oldEnd, last) : between(earliest(oldEnd, newEnd), latest(oldEnd, newEnd));
  if (added === undefined || newEnd === undefined) return [];
  const unseen = between(dayOf(added.startedAt), earliest(newEnd, lastMaybeClosed(added.createdAt)));
  return [...unseen, ...between(newEnd, firstKnown === true ? newEnd : last)];
};

const markWrite = (day: string, at: EpochMs): Write & { kind: "update" } => ({
  kind: "update",
  key: dirtyDayKey(day),
  update: {
    expression: "SET v = :v, dirtyAt = :now, #list = :list, #at = :day",
    names: { "#list": "list", "#at": "at" },
    values: { ":v": ITEM_VERSION, ":now": formatTime(at), ":list": DIRTY_LIST, ":day": day },
  },
});

/** The days that are marked, as the index shows them. */
export const listDirtyDays = async (table: Table): Promise<string[]> =>
  (await table.query({ partition: DIRTY_LIST, index: true })).map((item) => String(item["at"]));

/** When each of these days was marked last, by its text as it is stored; those that carry no mark are missing. */
export const readMarks = async (table: Table, days: readonly string[]): Promise<Map<string, string>> => {
  const items = await table.batchGet(days.map(dirtyDayKey), { consistent: true });
  return new Map(items.map((item) => [String(item["at"]), String(item["dirtyAt"])]));
};

/** Marks a day as of a moment, also where it is marked already: whoever closes it meanwhile leaves this mark. */
export const markDay = async (table: Table, day: string, at: EpochMs): Promise<void> => {
  await table.write(markWrite(day, at));
};

/** Marks a day as of a moment, unless it is marked. */
export const markIfClean = async (table: Table, day: string, at: EpochMs): Promise<void> => {
  await table.write({
    kind: "put",
    item: { ...dirtyDayKey(day), v: ITEM_VERSION, dirtyAt: formatTime(at), list: DIRTY_LIST, at: day },
    condition: { expression: "attribute_not_exists(pk)" },
  });
};

/** Takes a mark away, unless the day was marked again since `dirtyAt` was read. */
export const clearMark = async (table: Table, day: string, dirtyAt: string): Promise<void> => {
  await table.write({
    kind: "delete",
    key: dirtyDayKey(day),
    condition: { expression: "dirtyAt = :seen", values: { ":seen": dirtyAt } },
  });
};

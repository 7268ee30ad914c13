import { dayOf, type EpochMs } from "../contract/time.ts";
import type { Table } from "../store/table.ts";
import { readFirstDayOf } from "./beginning.ts";
import { readDayStates } from "./closed-days.ts";

/** The most machine sessions at once. */
export type MachinePeaks = { ci: number; preview: number };

/**
 * The most CI sessions and the most previews at once on the days (UTC) that `from <= t < to` touches. Today is not closed:
 * `running` counts for it, the sessions that run now. Null if a past day is not closed, or has to be closed again: then the
 * peaks are not known.
 */
export const readMachinePeaks = async (
  { table }: { table: Table },
  { from, to, now, running }: { from: EpochMs | undefined; to: EpochMs; now: EpochMs; running: MachinePeaks },
): Promise<MachinePeaks | null> => {
  if (from !== undefined && from >= to) return NONE;
  const [today, last] = [dayOf(now), dayOf(Math.min(to - 1, now))];
  const first = await readFirstDayOf(table, from, now);
  if (first > last) return NONE;
  const { closed, open } = await readDayStates(table, first, last);
  if (open.some((day) => day !== today)) return null;
  const ofToday = last === today ? running : NONE;
  const days = [...closed.values()];
  return {
    ci: Math.max(ofToday.ci, ...days.map(({ ciPeak }) => ciPeak)),
    preview: Math.max(ofToday.preview, ...days.map(({ previewPeak }) => previewPeak ?? 0)),
  };
};

const NONE: MachinePeaks = { ci: 0, preview: 0 };

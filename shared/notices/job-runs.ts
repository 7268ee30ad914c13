import { ITEM_VERSION, jobRunKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import type { Table } from "../store/table.ts";

/** The hourly jobs whose last run is noted. */
export const NOTED_JOBS = ["reaper", "dayClose"] as const;
export type NotedJob = (typeof NOTED_JOBS)[number];

/** Notes that a job did all its work at a moment. */
export const noteJobRun = async (table: Table, job: NotedJob, now: EpochMs): Promise<void> => {
  await table.write({ kind: "put", item: runItem(job, now) });
};

/**
 * When each job last ran. A job without a note counts from now on, and gets the note: after a first deployment it has not
 * had the time to run.
 */
export const readJobRuns = async (table: Table, now: EpochMs): Promise<ReadonlyMap<NotedJob, EpochMs>> => {
  const notes = await table.batchGet(NOTED_JOBS.map(jobRunKey), { consistent: true });
  const runs = new Map<NotedJob, EpochMs>();
  for (const job of NOTED_JOBS) {
    const note = notes.find(({ sk }) => sk === jobRunKey(job).sk);
    runs.set(job, note === undefined ? now : Date.parse(String(note["ranAt"])));
    if (note === undefined)
      await table.write({
        kind: "put",
        item: runItem(job, now),
        condition: { expression: "attribute_not_exists(pk)" },
      });
  }
  return runs;
};

const runItem = (job: NotedJob, now: EpochMs) => ({ ...jobRunKey(job), v: ITEM_VERSION, ranAt: formatTime(now) });

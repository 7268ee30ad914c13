import type { Fault } from "../contract/problems.ts";
import { monthOf } from "../contract/time.ts";
import type { CommitDeps } from "../sessions/commit.ts";
import { decideEnd, type EndPlan } from "../sessions/end-decision.ts";
import { readRecords } from "../sessions/read-records.ts";
import type { SessionRecord } from "../sessions/record.ts";
import type { Pace } from "../store/retry.ts";
import { importSessions } from "./backfill-writes.ts";
import { differencesFrom } from "./history-differences.ts";
import { type HistoryEnd, readHistoryRow } from "./history-row.ts";

/** A row as it was read: `value` is nested as on the wire, and checked here. */
export type HistoryRow = { line: number; value: unknown };

export type BackfillDeps = CommitDeps & { pace: Pace; retentionDays: number };

/** How many rows were read, and the result of each. A dry run counts as imported what it would import. */
export type BackfillTally = { read: number; imported: number; unchanged: number; differing: number; refused: number };

export type RefusedRow = { line: number; faults: Fault[] };
/** A row whose session is stored differently, or is different further up in the rows. `fields` names what differs. */
export type DifferingRow = { line: number; sessionId: string; fields: string[] };

export type BackfillOptions = {
  /** Reads and compares only. */
  check?: boolean;
  onRefused?: (row: RefusedRow) => void;
  onDiffering?: (row: DifferingRow) => void;
};

/** More rows per chunk share more rollup rows and cost fewer writes, but all of them are in memory. */
const CHUNK_ROWS = 20_000;

/**
 * Imports ended sessions from another server's history. Each is counted with its rollups in one transaction, on
 * condition that it does not exist yet. So the same rows again change nothing, and the next run imports what a killed
 * run left out. A session that is stored differently is reported and never overwritten. Throws `StoreUnavailable` if
 * the table refuses them for a minute: run it again.
 */
export const backfill = async (
  deps: BackfillDeps,
  rows: AsyncIterable<HistoryRow> | Iterable<HistoryRow>,
  onProgress: (tally: BackfillTally) => void,
  options: BackfillOptions = {},
): Promise<BackfillTally> => {
  const run: Run = {
    deps,
    options,
    tally: { read: 0, imported: 0, unchanged: 0, differing: 0, refused: 0 },
  };
  let chunk: Candidate[] = [];
  for await (const row of rows) {
    run.tally.read += 1;
    const candidate = candidateFrom(run, row);
    if (candidate !== undefined) chunk.push(candidate);
    if (chunk.length < CHUNK_ROWS) continue;
    await importChunk(run, chunk, onProgress);
    chunk = [];
  }
  await importChunk(run, chunk, onProgress);
  return run.tally;
};

type Run = { deps: BackfillDeps; options: BackfillOptions; tally: BackfillTally };

/** A valid row, with the plan of its import into a shard. */
export type Candidate = { line: number; plan: EndPlan; inShard: (shard: number) => EndPlan };

const candidateFrom = ({ deps, options, tally }: Run, { line, value }: HistoryRow): Candidate | undefined => {
  const now = deps.pace.now();
  const reading = readHistoryRow(value, now, deps.retentionDays);
  const planned = reading.ok ? planImport(deps, reading.end, now) : reading;
  if (planned.ok) return { line, plan: planned.inShard(0), inShard: planned.inShard };
  tally.refused += 1;
  options.onRefused?.({ line, faults: planned.faults });
  return undefined;
};

type Planned = { ok: true; inShard: (shard: number) => EndPlan } | { ok: false; faults: Fault[] };

const planImport = ({ retentionDays }: BackfillDeps, end: HistoryEnd, now: number): Planned => {
  const decide = (shard: number) => decideEnd(end, undefined, shard, { now, deadline: now }, { retentionDays });
  const first = decide(0);
  if (first.kind === "invalid") return { ok: false, faults: first.faults };
  if (first.kind !== "write") throw new Error(`an end with its start came out as ${first.kind}`);
  return {
    ok: true,
    inShard: (shard) => {
      const { record, added, ...plan } = first;
      const inShard = { ...record, shard };
      return { ...plan, record: inShard, added: { ...added, shard }, write: withShard(first.write, shard) };
    },
  };
};

const withShard = (write: EndPlan["write"], shard: number): EndPlan["write"] =>
  write.kind === "put" ? { ...write, item: { ...write.item, shard } } : write;

const importChunk = async (
  run: Run,
  chunk: readonly Candidate[],
  onProgress: (tally: BackfillTally) => void,
): Promise<void> => {
  const { deps, options, tally } = run;
  const first = new Map<string, Candidate>();
  const again: Candidate[] = [];
  for (const candidate of chunk) {
    const { sessionId } = candidate.plan.record;
    if (first.has(sessionId)) again.push(candidate);
    else first.set(sessionId, candidate);
  }
  const stored = await readRecords(deps.table, [...first.keys()]);
  const absent = [...first.values()].filter((candidate) => {
    const found = stored.get(candidate.plan.record.sessionId);
    if (found !== undefined) compare(run, candidate, found);
    return found === undefined;
  });
  // Of two rows with one id the first counts. The second is compared with it, or with the stored record.
  for (const candidate of again) {
    const { sessionId } = candidate.plan.record;
    const standing = stored.get(sessionId) ?? first.get(sessionId)?.plan.record;
    if (standing !== undefined) compare(run, candidate, standing);
  }
  if (options.check === true) tally.imported += absent.length;
  else await importAll(run, absent, onProgress);
  onProgress({ ...tally });
};

const importAll = async (
  run: Run,
  absent: readonly Candidate[],
  onProgress: (tally: BackfillTally) => void,
): Promise<void> => {
  const { deps, tally } = run;
  // The earliest month is noted once, not month by month backwards.
  const months = absent.map(({ plan }) => monthOf(plan.record.endedAt)).sort();
  if (months[0] !== undefined) await deps.usageMarks.noteMonth(months[0]);
  await importSessions(deps, absent, {
    imported: (count) => {
      tally.imported += count;
      onProgress({ ...tally });
    },
    met: (candidate, found) => compare(run, candidate, found),
  });
};

const compare = ({ tally, options }: Run, { line, plan }: Candidate, found: SessionRecord): void => {
  const fields = differencesFrom(found, plan.record);
  if (fields.length === 0) {
    tally.unchanged += 1;
    return;
  }
  tally.differing += 1;
  options.onDiffering?.({ line, sessionId: plan.record.sessionId, fields });
};

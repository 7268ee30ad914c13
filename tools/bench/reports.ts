import { join } from "node:path";
import { type EpochMs, HOUR_MS, monthOf, SECOND_MS, startOf } from "../../shared/contract/time.ts";
import { backfill, type HistoryRow } from "../../shared/data-care/backfill.ts";
import { verifyUsage } from "../../shared/data-care/verify.ts";
import { closeDays } from "../../shared/day-close/close-days.ts";
import { endedSessionsOfDay } from "../../shared/sessions/ended-sessions.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { usageMarks } from "../../shared/usage/marks.ts";
import type { Benchmark } from "./benchmark.ts";
import { reportFigures } from "./report-figures.ts";
import { createSessionDatabase } from "./reports/database.ts";
import { type PastSession, pastSessions, TEAM } from "./reports/history.ts";
import { reportLines, type Sized } from "./reports/lines.ts";
import { loadByHeartbeats } from "./reports/load.ts";
import { measureReports } from "./reports/measure-reports.ts";
import { createWorld, type World } from "./reports/world.ts";
import { startStack } from "./stack.ts";

const SIZES = [10_000, 100_000, 1_000_000];
/** Up to so many come in as operators tell them; more are brought in from a history. */
const MAX_TOLD = 100_000;

/** What reports cost beside a scan of the sessions and beside SQL, at sizes a factor of ten apart. */
export const reports: Benchmark = {
  name: "reports",
  about: "usage reports beside a scan and SQLite; without --sessions of 10,000, 100,000 and 1,000,000 sessions",
  options: { sessions: 0 },
  amongAll: { sessions: 10_000 },
  async run(print, { sessions = 0 }) {
    const sized: Sized[] = [];
    for (const size of sessions === 0 ? SIZES : [sessions]) sized.push(await measureSize(size, print));
    print("");
    for (const line of reportLines(sized)) print(line);
    return reportFigures(sized);
  },
};

const RETENTION_DAYS = 1_825;

const measureSize = async (sessions: number, print: (line: string) => void): Promise<Sized> => {
  const now = Date.now();
  const year = { from: yearsBefore(startOf(monthOf(now)), 1), to: startOf(monthOf(now)) };
  const world = await createWorld({ onDisk: sessions > MAX_TOLD });
  try {
    print(`${sessions} sessions of ${TEAM.users} users in 365 days:`);
    const databasePath = join(world.folder, "sessions.db");
    const startedAt = performance.now();
    await load(world, databasePath, pastSessions(sessions, year.from, year.to), sessions, print);
    const seconds = (performance.now() - startedAt) / SECOND_MS;
    print(`  brought in in ${seconds.toFixed(0)} s, ${(sessions / seconds).toFixed(0)} a second`);
    await verify(world, print);
    await close(world, print);
    return { sessions, reports: await measureReports(world, { databasePath, year, now }, print) };
  } finally {
    await world.close();
  }
};

const load = async (
  world: World,
  databasePath: string,
  sessions: Iterable<PastSession>,
  count: number,
  print: (line: string) => void,
): Promise<void> => {
  const database = createSessionDatabase(databasePath);
  const both = copying(sessions, database.add);
  if (count > MAX_TOLD) await loadByBackfill(world, both, print);
  else {
    print("  reported by operators in heartbeats");
    const stack = await startStack({ type: "enterprise" }, { DYNAMODB_ENDPOINT: world.endpoint });
    try {
      await loadByHeartbeats(stack, both);
    } finally {
      await stack.close();
    }
  }
  database.close();
};

function* copying(sessions: Iterable<PastSession>, copy: (session: PastSession) => void): Generator<PastSession> {
  for (const session of sessions) {
    copy(session);
    yield session;
  }
}

const loadByBackfill = async (
  { table, pace }: World,
  sessions: Iterable<PastSession>,
  print: (line: string) => void,
): Promise<void> => {
  print("  brought in from a history");
  let told = 0;
  await backfill(
    { table, pace, usageMarks: usageMarks(table, pace.now, RETENTION_DAYS), retentionDays: RETENTION_DAYS },
    historyRows(sessions),
    ({ imported }) => {
      if (imported - told < 100_000) return;
      told = imported;
      print(`    ${imported} sessions`);
    },
    {
      onRefused: (row) => {
        throw new Error(`refused: ${JSON.stringify(row)}`);
      },
    },
  );
};

function* historyRows(sessions: Iterable<PastSession>): Generator<HistoryRow> {
  let line = 0;
  for (const { event } of sessions) {
    line += 1;
    yield { line, value: { ...event.start, ...event, start: undefined } };
  }
}

const verify = async ({ table, pace }: World, print: (line: string) => void): Promise<void> => {
  const { months, rows, differences } = await verifyUsage(
    { table, pace, sessionsOfDay: (day) => endedSessionsOfDay(table, day), pauseMs: 0 },
    { now: pace.now(), retentionDays: RETENTION_DAYS, marginDays: 3, repair: false },
    { difference: (one) => print(`  DIFFERS: ${JSON.stringify(one)}`), month: () => undefined },
  );
  print(`  rollups verified: ${rows} rows of ${months} months, ${differences} differences`);
};

/** As the job does it on the next night, when all reports have arrived. */
const close = async ({ table, pace }: World, print: (line: string) => void): Promise<void> => {
  const tonight = { ...pace, now: () => Date.now() + HOUR_MS };
  const startedAt = performance.now();
  const { closed, left } = await closeDays(
    { table, pace: tonight, log: createLogger("error"), retentionDays: RETENTION_DAYS, anchorDay: undefined },
    { now: tonight.now(), deadline: Number.POSITIVE_INFINITY },
  );
  const seconds = (performance.now() - startedAt) / SECOND_MS;
  print(`  ${closed} days closed in ${seconds.toFixed(0)} s, ${left} left`);
};

const yearsBefore = (time: EpochMs, years: number): EpochMs => {
  const date = new Date(time);
  return date.setUTCFullYear(date.getUTCFullYear() - years);
};

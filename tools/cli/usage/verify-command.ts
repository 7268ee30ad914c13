import { existsSync, rmSync, writeFileSync } from "node:fs";
import { DAY_MS, formatTime, nextMonth, SECOND_MS, startOf } from "../../../shared/contract/time.ts";
import { type RollupDifference, verifyUsage } from "../../../shared/data-care/verify.ts";
import { verifyDigests } from "../../../shared/operators/verify-digests.ts";
import { verifySeatCounters } from "../../../shared/seats/verify-counters.ts";
import { endedSessionsOfDay } from "../../../shared/sessions/ended-sessions.ts";
import { RETENTION_MARGIN_DAYS } from "../../../shared/sessions/events.ts";
import type { RollupTotals } from "../../../shared/usage/rollup-item.ts";
import { CliError, EXIT } from "../exit.ts";
import { count } from "../text.ts";
import { textOf } from "./lines.ts";
import type { OpenTable } from "./open-table.ts";
import type { CommonOptions } from "./options.ts";
import type { Printer } from "./printer.ts";

export type VerifyOptions = CommonOptions & {
  from?: number;
  to?: number;
  cursor?: string;
  pauseSeconds: number;
};

/** Refuses a range without days, before anything is opened. @throws CliError */
export const checkDays = ({ from, to }: Pick<VerifyOptions, "from" | "to">): void => {
  if (from !== undefined && to !== undefined && to <= from)
    throw new CliError(EXIT.usage, "--to must not be earlier than --from.");
};

/** Verifies or repairs, and prints every difference. @throws CliError where differences are left */
export const runVerify = async (
  open: OpenTable,
  options: VerifyOptions,
  repair: boolean,
  print: Printer,
): Promise<void> => {
  const { table, pace, retentionDays } = open;
  const now = pace.now();
  const from = options.from ?? resumedFrom(options.cursor);
  const deps = {
    table,
    pace,
    pauseMs: options.pauseSeconds * SECOND_MS,
    sessionsOfDay: (day: string) => endedSessionsOfDay(table, day),
  };
  const { to } = options;
  const tally = await verifyUsage(
    deps,
    { now, retentionDays, marginDays: RETENTION_MARGIN_DAYS, from, to, repair },
    {
      difference: (difference) => print.result(lineOf(difference)),
      month: (month, { done, of }) => {
        const next = `${nextMonth(month)}-01`;
        if (options.cursor !== undefined) writeFileSync(options.cursor, `${next}\n`);
        print.progress(`${month}: ${done} of ${of} months; to continue from here: --from ${next}`);
      },
    },
  );
  if (options.cursor !== undefined) rmSync(options.cursor, { force: true });
  const oldest = now - retentionDays * DAY_MS;
  const counters = await verifySeatCounters(deps, { from: from ?? oldest, to: Math.min(to ?? now, now) });
  for (const { book, claimed, seats } of counters)
    print.result(`${book} COUNTER: ${claimed} claimed, but ${seats} seats; not repaired, see docs/data-care.md`);
  for (const { instanceId, digest, live } of await verifyDigests(deps))
    print.result(
      `OPERATORS ${instanceId}: digest of ${digest.count} sessions, ${live.count} are live; its next heartbeat corrects it`,
    );
  print.note(
    `${count(tally.months, "month")}, ${count(tally.rows, "row")}: ${count(tally.differences, "difference")}, ${tally.repaired} repaired; ` +
      `${counters.length} seat counters differ`,
  );
  if (tally.differences > tally.repaired || counters.length > 0)
    throw new CliError(EXIT.failed, "There are differences that are not repaired.");
};

const resumedFrom = (cursor: string | undefined): number | undefined => {
  if (cursor === undefined || !existsSync(cursor)) return undefined;
  const text = textOf(cursor).trim();
  const time = startOf(text);
  if (Number.isNaN(time)) throw new CliError(EXIT.usage, `${cursor} has no day to continue from.`);
  return time;
};

const lineOf = ({ row, outcome, is, should, identity }: RollupDifference): string =>
  `${row}: ${shown(is)}; should be ${shown(should)} [${outcome}] ${JSON.stringify(identity)}`;

const shown = (totals: RollupTotals | undefined): string =>
  totals === undefined
    ? "no row"
    : `${totals.sessions} sessions, ${totals.seconds} s, ${time(totals.firstStart)} to ${time(totals.lastEnd)}`;

const time = (value: number): string => (Number.isNaN(value) ? "no time" : formatTime(value));

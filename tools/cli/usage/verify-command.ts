import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DAY_MS, formatTime, nextMonth, SECOND_MS, startOf } from "../../../shared/contract/time.ts";
import { type RollupDifference, verifyUsage } from "../../../shared/data-care/verify.ts";
import { verifyDigests } from "../../../shared/operators/verify-digests.ts";
import { verifySeatCounters } from "../../../shared/seats/verify-counters.ts";
import { endedSessionsOfDay } from "../../../shared/sessions/ended-sessions.ts";
import { RETENTION_MARGIN_DAYS } from "../../../shared/sessions/events.ts";
import type { RollupTotals } from "../../../shared/usage/rollup-item.ts";
import { CliError, EXIT } from "../exit.ts";
import type { OpenTable } from "./open-table.ts";
import type { CommonOptions } from "./options.ts";
import type { Say } from "./say.ts";

export type VerifyOptions = CommonOptions & {
  from?: number;
  to?: number;
  cursor?: string;
  pauseSeconds: number;
};

/** Names days that hold nothing between them, before anything is opened. @throws CliError */
export const checkDays = ({ from, to }: Pick<VerifyOptions, "from" | "to">): void => {
  if (from !== undefined && to !== undefined && to <= from)
    throw new CliError(EXIT.usage, "--to must not be earlier than --from");
};

/** Verifies, or repairs, and says every difference. @throws CliError where differences are left */
export const runVerify = async (open: OpenTable, options: VerifyOptions, repair: boolean, say: Say): Promise<void> => {
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
      difference: (difference) => say.out(told(difference)),
      month: (month, { done, of }) => {
        const next = `${nextMonth(month)}-01`;
        if (options.cursor !== undefined) writeFileSync(options.cursor, `${next}\n`);
        say.progress(`${month}: ${done} of ${of} months; --from ${next} goes on from here`);
      },
    },
  );
  if (options.cursor !== undefined) rmSync(options.cursor, { force: true });
  const oldest = now - retentionDays * DAY_MS;
  const counters = await verifySeatCounters(deps, { from: from ?? oldest, to: Math.min(to ?? now, now) });
  for (const { book, claimed, seats } of counters)
    say.out(`${book} COUNTER: ${claimed} claimed, but ${seats} seats; not repaired: see the documentation`);
  for (const { instanceId, digest, live } of await verifyDigests(deps))
    say.out(
      `OPERATORS ${instanceId}: digest of ${digest.count} sessions, ${live.count} are live; its next heartbeat mends it`,
    );
  say.remark(
    `${tally.months} months, ${tally.rows} rows: ${tally.differences} differences, ${tally.repaired} repaired; ` +
      `${counters.length} seat counters differ`,
  );
  if (tally.differences > tally.repaired || counters.length > 0)
    throw new CliError(EXIT.failed, "there are differences that are not repaired");
};

const resumedFrom = (cursor: string | undefined): number | undefined => {
  if (cursor === undefined || !existsSync(cursor)) return undefined;
  const text = readFileSync(cursor, "utf8").trim();
  const time = startOf(text);
  if (Number.isNaN(time)) throw new CliError(EXIT.usage, `${cursor} holds no day to go on from`);
  return time;
};

const told = ({ row, outcome, is, should, identity }: RollupDifference): string =>
  `${row}: ${shown(is)}; should be ${shown(should)} [${outcome}] ${JSON.stringify(identity)}`;

const shown = (totals: RollupTotals | undefined): string =>
  totals === undefined
    ? "no row"
    : `${totals.sessions} sessions, ${totals.seconds} s, ${time(totals.firstStart)} to ${time(totals.lastEnd)}`;

const time = (value: number): string => (Number.isNaN(value) ? "no time" : formatTime(value));

import { DAY_MS, dayOf, type EpochMs, HOUR_MS, SECOND_MS } from "../../shared/contract/time.ts";
import { type FlushOutcome, flush, worst } from "./flush.ts";
import { draftOf, operatorOf, type Stage } from "./stage.ts";
import type { PlannedSession } from "./team/planned.ts";
import { planDays } from "./team.ts";

/**
 * Plays the days before now as late events: heartbeats report every session that began and ended in them, with its start
 * record, a day at a time and all operators at once. Such sessions claim no seat. Stops early if the server refuses events.
 */
export const playPast = async (stage: Stage, days: number): Promise<FlushOutcome> => {
  const { team, operators, clock, signal } = stage;
  const now = clock.now();
  const from = now - days * DAY_MS;
  let sent = 0;
  for (const plan of planDays(team, from, now)) {
    if (signal.aborted) break;
    const sessions = plan.filter(({ startsAt, endsAt }) => startsAt >= from && endsAt <= now - SECOND_MS);
    for (const session of sessions) reportSession(stage, session);
    const first = plan[0];
    if (first !== undefined) reportErrors(stage, first.startsAt, now);
    sent += sessions.length;
    const day = first === undefined ? "" : dayOf(first.startsAt);
    const report = (): void => {
      const pending = operators.reduce((sum, operator) => sum + operator.pending(), 0);
      stage.progress(
        `past ${day}: ${sent.toLocaleString("en-US")} sessions sent, ${pending.toLocaleString("en-US")} in flight`,
      );
    };
    report();
    const outcome = worst(await Promise.all(operators.map((operator) => flush(operator, clock, report))));
    if (outcome.kind === "stuck") return outcome;
  }
  return { kind: "flushed" };
};

const reportSession = (stage: Stage, planned: PlannedSession): void => {
  const { startsAt, endsAt } = planned;
  operatorOf(stage, planned).reportEnded(draftOf(planned, stage.sessionId(), startsAt), endsAt, "stopped");
};

// The server keeps errors for a month only, so older ones are not sent.
const reportErrors = ({ operators }: Stage, around: EpochMs, now: EpochMs): void => {
  if (now - around > 14 * DAY_MS || around + HOUR_MS > now) return;
  for (const operator of operators) operator.reportError(around + HOUR_MS, "agent: pod was evicted, target restarted");
};

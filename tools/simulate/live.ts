import { DAY_MS, type EpochMs, HOUR_MS } from "../../shared/contract/time.ts";
import { type FlushOutcome, flush, worst } from "./flush.ts";
import type { Operator } from "./operator/types.ts";
import type { Random } from "./random.ts";
import { draftOf, operatorOf, type Stage } from "./stage.ts";
import type { PlannedSession } from "./team/planned.ts";
import { planDays, WORK_BEGINS_MS, WORK_ENDS_MS } from "./team.ts";

export type LivePlay = {
  /** The duration in real milliseconds. */
  durationMs: number;
  /** How many times faster than planned the team works. Sent times are real, so sessions get shorter. */
  speed: number;
  /** The interval between heartbeats in milliseconds, instead of the lease's. */
  beatMs: number | undefined;
  /** The share of ends that are sent in calls of their own, not in the next heartbeat. */
  endCalls: number;
};

type Action = { at: EpochMs; run: () => Promise<void> };

const CALLS_AT_ONCE = 16;

/**
 * Plays the team's day now: claims seats, sends heartbeats, ends sessions. Sessions that the plan has already running start
 * at once. At the end, or when aborted, every session is ended and its end is delivered.
 */
export const playLive = async (stage: Stage, play: LivePlay, random: Random): Promise<FlushOutcome> => {
  const { operators, clock, signal } = stage;
  const begin = clock.now();
  const stop = begin + play.durationMs;
  const planBegin = planMoment(begin);
  const wallTime = (planned: EpochMs): EpochMs =>
    Math.max(begin, Math.round(begin + (planned - planBegin) / play.speed));
  const starts = startsOf(stage, planBegin, planBegin + play.durationMs * play.speed);
  const beats = new Map<Operator, EpochMs>(operators.map((operator) => [operator, begin]));
  let actions: Action[] = [];
  let next = starts.next();

  const start = async (planned: PlannedSession): Promise<void> => {
    const operator = operatorOf(stage, planned);
    const id = stage.sessionId();
    const outcome = await operator.startSession(draftOf(planned, id, clock.now()));
    if (outcome.kind === "refused") return;
    const change = planned.portsChange;
    if (change !== undefined)
      actions.push({ at: wallTime(change.at), run: async () => operator.changePorts(id, change.lockedPorts) });
    const inCall = random.chance(play.endCalls);
    actions.push({
      at: wallTime(planned.endsAt),
      run: async () => {
        if (operator.endSession(id, clock.now(), "stopped") && inCall) await operator.deliverEnd(id);
      },
    });
  };

  const beat = async (operator: Operator): Promise<void> => {
    const outcome = await operator.beat();
    const waitMs = outcome.kind === "retry" ? outcome.afterMs : (play.beatMs ?? operator.beatEveryMs());
    beats.set(operator, clock.now() + waitMs);
  };

  while (clock.now() < stop && !signal.aborted) {
    const now = clock.now();
    const due: PlannedSession[] = [];
    for (; next.done !== true && wallTime(next.value.startsAt) <= now; next = starts.next()) due.push(next.value);
    await inParallel(due, start);
    const dueActions = actions.filter(({ at }) => at <= now);
    actions = actions.filter(({ at }) => at > now);
    await inParallel(dueActions, ({ run }) => run());
    await inParallel(
      [...beats].filter(([, at]) => at <= now).map(([operator]) => operator),
      beat,
    );
    const running = operators.reduce((sum, operator) => sum + operator.running().length, 0);
    stage.progress(`live: ${running} sessions running, ${Math.ceil((stop - clock.now()) / 1_000)} s to go`);
    const nextStart = next.done === true ? stop : wallTime(next.value.startsAt);
    const wake = [stop, nextStart, ...actions.map(({ at }) => at), ...beats.values()].reduce((a, b) => Math.min(a, b));
    await clock.sleep(Math.max(1, wake - clock.now()), signal);
  }
  return worst(await Promise.all(operators.map((operator) => close(stage, operator))));
};

/** The moment of the team's week at which a live play begins: now, or outside working hours 10:00 of the last working day. */
export const planMoment = (now: EpochMs): EpochMs => {
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  const offset = now - midnight;
  if (isWorkday(midnight) && offset >= WORK_BEGINS_MS && offset < WORK_ENDS_MS) return now;
  let day = offset < WORK_BEGINS_MS ? midnight - DAY_MS : midnight;
  while (!isWorkday(day)) day -= DAY_MS;
  return day + 10 * HOUR_MS;
};

const isWorkday = (midnight: EpochMs): boolean => ![0, 6].includes(new Date(midnight).getUTCDay());

function* startsOf({ team }: Stage, from: EpochMs, to: EpochMs): Generator<PlannedSession, undefined> {
  for (const plan of planDays(team, from, to)) yield* plan;
  return undefined;
}

const close = async ({ clock }: Stage, operator: Operator): Promise<FlushOutcome> => {
  for (const id of operator.running()) operator.endSession(id, clock.now(), "shutdown");
  // At least one heartbeat, so that the server learns that nothing runs any more.
  await operator.beat();
  return flush(operator, clock);
};

const inParallel = async <T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> => {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE, items.length) }, worker));
};

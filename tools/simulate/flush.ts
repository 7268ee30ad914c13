import type { Clock } from "../../agent/wire/clock.ts";
import { MINUTE_MS } from "../../shared/contract/time.ts";
import type { Operator } from "./operator/types.ts";

export type FlushOutcome = { kind: "flushed" } | { kind: "stuck"; pending: number; detail: string };

const MAX_IDLE_BEATS = 20;
// At least these, because one Retry-After may be longer than the limit.
const MIN_IDLE_BEATS = 4;
const MAX_IDLE_MS = 2 * MINUTE_MS;

/**
 * Sends heartbeats without a pause until every event of an operator is acknowledged. Gives up, and keeps the events, if the
 * server refuses a heartbeat, or acknowledges nothing for many heartbeats and minutes.
 */
export const flush = async (operator: Operator, clock: Clock, onBeat: () => void = () => {}): Promise<FlushOutcome> => {
  let idleBeats = 0;
  let progressAt = clock.now();
  const patient = (): boolean =>
    idleBeats < MIN_IDLE_BEATS || (idleBeats < MAX_IDLE_BEATS && clock.now() - progressAt < MAX_IDLE_MS);
  let detail = "the server acknowledges nothing";
  while (operator.pending() > 0 && patient()) {
    const before = operator.pending();
    const outcome = await operator.beat();
    if (outcome.kind === "failed") return { kind: "stuck", pending: operator.pending(), detail: outcome.detail };
    const progress = operator.pending() < before;
    idleBeats = progress ? 0 : idleBeats + 1;
    if (progress) progressAt = clock.now();
    if (outcome.kind === "retry") {
      detail = "the server does not answer";
      await clock.sleep(outcome.afterMs);
    }
    onBeat();
  }
  return operator.pending() === 0 ? { kind: "flushed" } : { kind: "stuck", pending: operator.pending(), detail };
};

/** The outcome of several operators: flushed only if all are. */
export const worst = (outcomes: readonly FlushOutcome[]): FlushOutcome =>
  outcomes.find(({ kind }) => kind === "stuck") ?? { kind: "flushed" };

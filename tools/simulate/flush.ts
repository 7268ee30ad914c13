import type { Clock } from "./clock.ts";
import type { Operator } from "./operator/types.ts";

export type FlushOutcome = { kind: "flushed" } | { kind: "stuck"; pending: number; detail: string };

const MAX_IDLE_BEATS = 20;

/**
 * Beats without a pause until every event of an operator is acknowledged. Gives up, with the events still kept, when the server
 * refuses heartbeats or acknowledges nothing over many of them.
 */
export const flush = async (operator: Operator, clock: Clock, onBeat: () => void = () => {}): Promise<FlushOutcome> => {
  let idleBeats = 0;
  let detail = "the server acknowledges nothing";
  while (operator.pending() > 0 && idleBeats < MAX_IDLE_BEATS) {
    const before = operator.pending();
    const outcome = await operator.beat();
    if (outcome.kind === "failed") return { kind: "stuck", pending: operator.pending(), detail: outcome.detail };
    idleBeats = outcome.kind === "answered" && operator.pending() < before ? 0 : idleBeats + 1;
    if (outcome.kind === "retry") {
      detail = "the server does not answer";
      await clock.sleep(outcome.afterMs);
    }
    onBeat();
  }
  return operator.pending() === 0 ? { kind: "flushed" } : { kind: "stuck", pending: operator.pending(), detail };
};

/** The outcome of several: flushed only if all are. */
export const worst = (outcomes: readonly FlushOutcome[]): FlushOutcome =>
  outcomes.find(({ kind }) => kind === "stuck") ?? { kind: "flushed" };

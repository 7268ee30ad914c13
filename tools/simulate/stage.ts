import { createHash } from "node:crypto";
import type { Clock } from "../../agent/wire/clock.ts";
import { type EpochMs, formatTime } from "../../shared/contract/time.ts";
import type { Operator, SessionDraft } from "./operator/types.ts";
import type { PlannedSession } from "./team/planned.ts";
import type { Team } from "./team.ts";

/** What the plays (past and live) need: the team, its operators, the clock, and where to report progress. */
export type Stage = {
  team: Team;
  /** One for each cluster of the team, in the same order. */
  operators: readonly Operator[];
  clock: Clock;
  /** When it aborts, running sessions are ended and delivered, then the play is over. */
  signal: AbortSignal;
  sessionId: () => string;
  progress: (line: string) => void;
};

/** Ids in the format of session ids: different in every run, equal when the same run is repeated. */
export const createIds = (run: string): ((purpose: string) => string) => {
  let count = 0;
  return (purpose) => {
    count += 1;
    return createHash("sha256").update(`${run}/${purpose}/${count}`).digest("hex").slice(0, 16).toUpperCase();
  };
};

/** The start record of a planned session that really began at `startedAt`. */
export const draftOf = (planned: PlannedSession, sessionId: string, startedAt: EpochMs): SessionDraft => ({
  session_id: sessionId,
  started_at: formatTime(startedAt),
  client: planned.client,
  target: planned.target,
  branch: planned.branch,
  ...(planned.ci ? { ci: true } : {}),
  ...(planned.key === undefined ? {} : { key: planned.key }),
  ...(planned.lockedPorts.length === 0 ? {} : { locked_ports: planned.lockedPorts }),
});

export const operatorOf = ({ operators }: Pick<Stage, "operators">, planned: PlannedSession): Operator => {
  const operator = operators[planned.cluster];
  if (operator === undefined) throw new RangeError(`no operator for cluster ${planned.cluster}`);
  return operator;
};

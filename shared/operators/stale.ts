import type { EpochMs } from "../contract/time.ts";
import { isSilent, type Operator } from "./operator.ts";

/** The operators that have sent a heartbeat and were not given up, by whether their last one is recent. */
export const byActivity = (
  operators: readonly Operator[],
  staleMs: number,
  now: EpochMs,
): { active: Operator[]; silent: Operator[] } => {
  const heard = operators.filter(({ givenUp, lastHeartbeat }) => !givenUp && lastHeartbeat !== undefined);
  const { silent = [], active = [] } = Object.groupBy(heard, (operator) =>
    isSilent(operator, staleMs, now) ? "silent" : "active",
  );
  return { active, silent };
};

/** The silent operators whose cluster has no active one. A restarted operator has a new id: its old one needs no attention. */
export const staleOperators = (operators: readonly Operator[], staleMs: number, now: EpochMs): Operator[] => {
  const { active, silent } = byActivity(operators, staleMs, now);
  const clusters = new Set(active.map(clusterOf));
  return silent.filter((operator) => !clusters.has(clusterOf(operator)));
};

/** The cluster of an operator. Operators that do not name theirs count as one cluster, without a name. */
export const clusterOf = ({ cluster }: Operator): string => cluster ?? "";

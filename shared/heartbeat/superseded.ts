import type { EpochMs } from "../contract/time.ts";
import { processHash, withReplaced } from "../operators/agent.ts";
import type { Operator } from "../operators/operator.ts";
import { isRecent } from "../operators/rival.ts";
import { processesWrite } from "../operators/sign-of-life.ts";
import type { Table } from "../store/table.ts";

/**
 * Notes that a process which another one replaced is answered `superseded`. Returns true if two processes take turns: each
 * stops when it is superseded, starts again under a new id, and replaces the other. One superseded process is no sign of
 * that, because an update of the agent may leave the old one running for a moment. It takes two within a short time.
 */
export const noteSuperseded = async (
  { table, staleMs }: { table: Table; staleMs: number },
  { instanceId, processes }: Operator,
  processId: string,
  now: EpochMs,
): Promise<boolean> => {
  if (processes === undefined) return false;
  const next = withReplaced(processes, processId, now);
  const recent = processes.replaced.filter(
    ({ supersededAt }) => supersededAt !== undefined && isRecent({ at: supersededAt }, staleMs, now),
  );
  const own = processHash(processId);
  if (recent.some(({ hash }) => hash === own)) return false;
  const { outcome } = await table.write(processesWrite(instanceId, processes, next));
  return outcome === "written" && recent.length > 0;
};

/** The error that the report shows if two processes take turns. */
export const takingTurns = (one: string, other: string): string =>
  `Two agent processes report for this cluster in turns: ${one} and ${other}. Run one agent per cluster.`;

import { operatorKey } from "../contract/keys.ts";
import type { Table } from "../store/table.ts";
import { isReplaced, type Processes, replacedBy, withReplaced } from "./agent.ts";
import { type Operator, operatorFrom } from "./operator.ts";
import { processesWrite, registrationWrite, type SignOfLife } from "./sign-of-life.ts";

/** How often a registration is tried that meets others of the same agent. */
const MAX_TRIES = 5;

/**
 * A registration as it was noted. `seq`: the noted number of the instance's heartbeats. `rival`: the process that this one
 * replaces, if that one had replaced it before: the two take turns.
 */
export type Registration = { seq: number; rival: string | undefined };

/**
 * Notes that an operator or an agent has started. An agent's process replaces the one before it, which is answered
 * `superseded` from now on. A registration changes nothing if a heartbeat or another registration came later, since a
 * function may be frozen for a while.
 */
export const register = async (table: Table, sign: SignOfLife): Promise<Registration> => {
  if (sign.agent !== undefined) return registerAgent(table, sign, sign.agent.processId);
  const written = await table.write(registrationWrite(sign));
  const seq = written.outcome === "written" ? 0 : (operatorFrom(written.found ?? {}).seq ?? 0);
  return { seq, rival: undefined };
};

const registerAgent = async (table: Table, sign: SignOfLife, processId: string): Promise<Registration> => {
  const item = await table.get(operatorKey(sign.instanceId), { consistent: true });
  let seen = item && operatorFrom(item);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before: Processes | undefined = seen?.processes;
    const next = { current: processId, since: sign.now, replaced: replacedBy(before, processId) };
    const written = await table.write(registrationWrite(sign, { seen: before, next }));
    const hadReplacedIt = before !== undefined && before.current !== processId && isReplaced(before, processId);
    if (written.outcome === "written") return { seq: 0, rival: hadReplacedIt ? before.current : undefined };
    seen = operatorFrom(written.found ?? { sk: sign.instanceId });
    if (await isTooLate(table, sign, seen, processId)) break;
  }
  return { seq: seen?.seq ?? 0, rival: undefined };
};

// A later registration replaces this one, although its write came first.
const isTooLate = async (
  table: Table,
  { instanceId, now }: SignOfLife,
  { processes, registeredAt = 0, listedAt = 0 }: Operator,
  processId: string,
): Promise<boolean> => {
  const isLater = registeredAt > now;
  if (isLater && processes !== undefined && processes.current !== processId && !isReplaced(processes, processId)) {
    await table.write(processesWrite(instanceId, processes, withReplaced(processes, processId)));
  }
  return isLater || listedAt > now;
};

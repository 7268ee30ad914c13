import { operatorKey, sessionKey } from "../contract/keys.ts";
import { type EpochMs, formatTime } from "../contract/time.ts";
import { askByIdWrite, askMarkedWrite, isAsked, killRequestsIn } from "../operators/kill-request.ts";
import { type Operator, operatorFrom } from "../operators/operator.ts";
import { auditWrite } from "../store/audit.ts";
import { type Pace, retrying } from "../store/retry.ts";
import type { Table, Write } from "../store/table.ts";
import type { Moment } from "./deps.ts";
import { asRead } from "./end-decision.ts";
import { isLive, type LiveSession, sessionRecord } from "./record.ts";

export type KillDeps = { table: Table; pace: Pace; newId: () => string; retentionDays: number };

/** `unable`: it is a preview environment, and its agent may not stop any. */
export type KillOutcome = "asked" | "not live" | "unable";

/**
 * Asks the operator of a live session to stop it. One transaction writes the request to the
 * operator, a mark to the session for an operator that adopts it, and the audit row. Asking again while the request is
 * open changes nothing.
 */
export const killSession = (
  deps: KillDeps,
  sessionId: string,
  /** Who asks, for the audit. */
  actor: string,
  moment: Moment,
): Promise<KillOutcome> =>
  retrying(deps.pace, moment.deadline, async () => {
    const { table, newId, retentionDays } = deps;
    const item = await table.get(sessionKey(sessionId), { consistent: true });
    const session = item && sessionRecord(item);
    if (session === undefined || !isLive(session)) return "not live";
    const { instanceId } = session;
    const operator = await table.get(operatorKey(instanceId), { consistent: true });
    if (operator !== undefined && !canStop(operatorFrom(operator), session)) return "unable";
    const requests = killRequestsIn(operator);
    if (isAsked(requests, session)) return "asked";
    const { outcome } = await table.transact([
      markWrite(session, moment.now),
      askByIdWrite(instanceId, requests, [sessionId], moment.now) ?? askMarkedWrite(instanceId, moment.now),
      auditWrite(entryOf(session, actor), moment.now, newId(), retentionDays),
    ]);
    // Refused: it has ended, was adopted, or others ask the same operator. Read again.
    return outcome === "committed" ? "asked" : undefined;
  });

/** Whether the operator of a session can stop it. An agent can stop a preview environment only if it may. */
export const canStop = ({ agent }: Operator, { kind }: Pick<LiveSession, "kind">): boolean =>
  agent === undefined || agent.killsPreviews || kind !== "preview";

/** Marks a session that its operator is asked to stop, on condition that it is still live there. */
export const markWrite = (session: LiveSession, now: EpochMs): Write & { kind: "update" } => ({
  kind: "update",
  key: sessionKey(session.sessionId),
  update: { expression: "SET killAskedAt = :asked", values: { ":asked": formatTime(now) } },
  condition: asRead(session),
});

type KillEntry = {
  action: "session.kill";
  actor: string;
  sessionId: string;
  instanceId: string;
  kubernetesUsername: string;
  clientHostname: string;
};

const entryOf = ({ sessionId, instanceId, client }: LiveSession, actor: string): KillEntry => ({
  action: "session.kill",
  actor,
  sessionId,
  instanceId,
  kubernetesUsername: client.kubernetesUsername,
  clientHostname: client.hostname,
});

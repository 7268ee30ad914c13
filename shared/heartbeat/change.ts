import { sessionKey } from "../contract/keys.ts";
import type { LockedPort } from "../contract/responses.ts";
import type { Table } from "../store/table.ts";

export type SessionChange = { sessionId: string; lockedPorts: readonly LockedPort[] };

/** Stores which ports a live session of an operator locks now. Does nothing for a session that is not live there. */
export const changeSession = async (
  table: Table,
  instanceId: string,
  { sessionId, lockedPorts }: SessionChange,
): Promise<void> => {
  await table.write({
    kind: "update",
    key: sessionKey(sessionId),
    update: { expression: "SET lockedPorts = :ports", values: { ":ports": lockedPorts } },
    condition: {
      expression: "#state = :live AND instanceId = :instance",
      names: { "#state": "state" },
      values: { ":live": "live", ":instance": instanceId },
    },
  });
};

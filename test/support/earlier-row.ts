import { createHash } from "node:crypto";
import type { Item } from "../../shared/store/table.ts";

/** The rollup row, of a day or a month, in which release 0.1 counted one session: it knew `ci` and no kinds. */
export const earlierRow = (period: string, session: Item, endedAt: string): Item & { pk: string; sk: string } => {
  const client = session["client"] as Record<string, string>;
  const target = session["target"] as Record<string, string>;
  const identity = {
    machineId: client["id"],
    kubernetesUsername: client["kubernetesUsername"],
    clientUsername: client["username"],
    clientHostname: client["hostname"],
    namespace: target["namespace"],
    targetKind: target["kind"],
    targetName: target["name"],
    ci: session["ci"],
  };
  const hash = createHash("sha256")
    .update(JSON.stringify(Object.values(identity)))
    .digest("base64url")
    .slice(0, 22);
  const startedAt = String(session["startedAt"]);
  return {
    pk: `${period.length === 7 ? "MONTH" : "DAY"}#${period}`,
    sk: `ROLLUP#${hash}#0`,
    v: 1,
    ...identity,
    sessions: 1,
    seconds: Math.floor((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000),
    firstStart: startedAt,
    lastEnd: endedAt,
  };
};

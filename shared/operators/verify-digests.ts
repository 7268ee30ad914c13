import { liveList, OPERATORS_PARTITION } from "../contract/keys.ts";
import type { Pace } from "../store/retry.ts";
import type { Item, Table } from "../store/table.ts";
import { digestOf, type LiveDigest, sameDigest, storedDigest } from "./live-set.ts";

/** An operator whose digest is not that of its live sessions. */
export type DigestDifference = { instanceId: string; digest: LiveDigest; live: LiveDigest };

/**
 * Compares every operator's digest with its live sessions. A digest changes a little after the sessions, and the index
 * lags, so only differences that are the same after a pause are returned. It repairs nothing: the operator's next
 * heartbeat does.
 */
export const verifyDigests = async (deps: {
  table: Table;
  pace: Pace;
  pauseMs: number;
}): Promise<DigestDifference[]> => {
  const first = await readDifferences(deps.table);
  if (first.length === 0) return [];
  await deps.pace.sleep(deps.pauseMs);
  const second = await readDifferences(deps.table);
  return second.filter(({ instanceId, digest, live }) =>
    first.some(
      (before) =>
        before.instanceId === instanceId && sameDigest(before.digest, digest) && sameDigest(before.live, live),
    ),
  );
};

const readDifferences = async (table: Table): Promise<DigestDifference[]> => {
  const differences: DigestDifference[] = [];
  for (const operator of await table.query({ partition: OPERATORS_PARTITION, consistent: true })) {
    const instanceId = String(operator["sk"]);
    const sessions = await table.query({ partition: liveList(instanceId), index: true });
    const [digest, live] = [storedDigest(operator), digestOf(sessions.map(idOf))];
    if (!sameDigest(digest, live)) differences.push({ instanceId, digest, live });
  }
  return differences;
};

const idOf = (session: Item): string => String(session["sessionId"]);

import { createHash } from "node:crypto";
import { operatorKey } from "../contract/keys.ts";
import type { LiveMoves } from "../operators/live-set.ts";
import type { Operator } from "../operators/operator.ts";
import { enrichParent } from "../sessions/children.ts";
import type { Moment, SessionDeps } from "../sessions/deps.ts";
import { onItsOwn } from "../sessions/on-its-own.ts";
import { isKnown, type Part } from "../sessions/parts.ts";
import { readRecords } from "../sessions/read-records.ts";

/** A live part of a multi-cluster session in the agent's cluster. */
export type Child = Part & { sessionId: string; parentId: string };

/**
 * Gives multi-cluster sessions what their parts in this cluster make known. The same parts again cost nothing: the operator's
 * item notes them, once all their sessions are known.
 */
export const noteChildren = async (
  deps: SessionDeps,
  { instanceId, children: noted }: Operator,
  children: readonly Child[],
  moment: Moment,
  moves: LiveMoves,
): Promise<void> => {
  const name = nameOf(children);
  if (noted === name || (noted === undefined && children.length === 0)) return;
  const each = onItsOwn();
  let isDone = true;
  // Together, because a member whose primary cluster has no agent names parents that never become known.
  const parents = await readRecords(deps.table, [...new Set(children.map(({ parentId }) => parentId))]);
  for (const child of children) {
    const parent = parents.get(child.parentId);
    if (parent === undefined || parent.placeholder === true) {
      isDone = false;
      continue;
    }
    if (isKnown(parent, child)) continue;
    if (deps.pace.now() >= moment.deadline) return;
    const outcome = await each.run(child.sessionId, () => enrichParent(deps, child.parentId, child, moment, moves));
    if (outcome !== "enriched") isDone = false;
  }
  each.report(deps.log, "parts of multi-cluster sessions not noted");
  if (!isDone) return;
  await deps.table.write({
    kind: "update",
    key: operatorKey(instanceId),
    update: { expression: "SET children = :name", values: { ":name": name } },
  });
};

const nameOf = (children: readonly Child[]): string =>
  createHash("sha256")
    .update(
      JSON.stringify(
        children.map(({ sessionId, parentId, kind, key, branch }) => [sessionId, parentId, kind, key, branch]),
      ),
    )
    .digest("base64url")
    .slice(0, 8);

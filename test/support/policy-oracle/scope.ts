import { globCovers } from "./glob.ts";
import { selects } from "./labels.ts";
import type { Policy, Session, Workload } from "./model.ts";
import { all, any, EITHER, NO, type Possible, sure, YES } from "./possible.ts";

export type Semantics = "target" | "owners";

const CONTAINER = "/container/";

/** Whether a policy applies to a session on an operator with these semantics. */
export const applies = (policy: Policy, session: Session, semantics: Semantics): Possible =>
  all([
    sure(policy.clusters.some((glob) => isFor(glob, session))),
    sure(policy.namespace === null || policy.namespace === session.namespace),
    policy.appliesToCopyTargets === true ? YES : copyTarget(session),
    semantics === "target" ? ofGivenTarget(policy, session) : ofOneOwner(policy, session),
    // What is not described may limit where the policy applies.
    policy.hasUnknown ? EITHER : YES,
  ]);

/** A cluster without a name has only its id. */
const isFor = (glob: string, { cluster: { id, name } }: Session): boolean =>
  glob === "*" || glob === `id:${id}` || (name !== undefined && !glob.startsWith("id:") && globCovers(glob, name));

const copyTarget = ({ isCopyTarget }: Session): Possible => (isCopyTarget === undefined ? EITHER : sure(!isCopyTarget));

/** Before 3.200: a container is part of the path, and the labels are those of the given target. */
const ofGivenTarget = (policy: Policy, { target, container }: Session): Possible => {
  const path = container === undefined ? target.path : `${target.path}${CONTAINER}${container}`;
  return all([policy.targetPath == null ? YES : sure(globCovers(policy.targetPath, path)), selected(policy, target)]);
};

/** From 3.200: the target or one of its owners matches both the path and the selector. */
const ofOneOwner = (policy: Policy, { target, container, owners }: Session): Possible => {
  const [path, ofContainer] = splitPath(policy.targetPath ?? "*");
  const workloads = [target, ...(owners ?? [])];
  const matching = workloads.map((workload) =>
    all([sure(globCovers(path, workload.path)), selected(policy, workload)]),
  );
  const isTargetless = target.path === "targetless";
  if (owners === undefined && !isTargetless && path !== "") matching.push(EITHER);
  return all([any(matching), ofContainer === undefined ? YES : containerFits(ofContainer, container, isTargetless)]);
};

const splitPath = (path: string): [string, string | undefined] => {
  const at = path.indexOf(CONTAINER);
  return at < 0 ? [path, undefined] : [path.slice(0, at), path.slice(at + CONTAINER.length)];
};

/** Without a container the operator chooses one. Which is not known. */
const containerFits = (glob: string, container: string | undefined, isTargetless: boolean): Possible => {
  if (container !== undefined) return sure(globCovers(glob, container));
  if (isTargetless) return NO;
  return /^\*+$/.test(glob) ? YES : EITHER;
};

const selected = ({ selector }: Policy, { labels }: Workload): Possible => {
  if (selector == null) return YES;
  const isEmpty =
    selects(selector, {}) &&
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  if (isEmpty) return YES;
  return labels === undefined ? EITHER : sure(selects(selector, labels));
};

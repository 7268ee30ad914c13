import type { OperatorSemantics } from "../../contract/policy-facts.ts";
import type { PolicySpec, Selector } from "../../contract/policy-spec.ts";
import { matchesGlob } from "../../patterns/glob.ts";
import { matchesCluster } from "../clusters.ts";
import { targetPath, targetType, workloadPath } from "../target-path.ts";
import type { JudgedSession, PolicyEntry } from "../types.ts";
import { type Answer, all, some } from "./answer.ts";
import { hasRules, type Labels, selects } from "./selects.ts";

/** Whether a policy applies to a session, by the semantics of its operator. */
export const applies = (
  entry: PolicyEntry,
  spec: PolicySpec,
  session: JudgedSession,
  semantics: OperatorSemantics,
): Answer =>
  all([
    matchesCluster(entry.clusters, session.cluster),
    entry.namespace === null || entry.namespace === session.target.namespace,
    spec.appliesToCopyTargets === true || isNoCopy(session.facts.copy_target),
    semantics === "target" ? byTarget(spec, session) : byOwners(spec, session),
  ]);

const isNoCopy = (copyTarget: boolean | undefined): Answer => (copyTarget === undefined ? "copy_target" : !copyTarget);

type Scope = Pick<PolicySpec, "targetPath" | "selector">;

const isTargetless = ({ target }: JudgedSession): boolean => targetType(target.kind) === "targetless";

/** The labels of the given target. A run without a target has none. */
const ownLabels = (session: JudgedSession): Labels | null | undefined =>
  isTargetless(session) ? null : session.facts.labels;

const byTarget = (scope: Scope, session: JudgedSession): Answer =>
  all([
    matchesPath(scope.targetPath, targetPath(session.target)),
    matchesLabels(scope.selector, ownLabels(session), "labels"),
  ]);

const byOwners = ({ targetPath: pattern, selector }: Scope, session: JudgedSession): Answer => {
  const { path, container } = pathParts(pattern);
  if (path === "") return false;
  const owners = isTargetless(session) ? null : session.facts.owners;
  const own = all([
    matchesPath(path, workloadPath(session.target)),
    matchesLabels(selector, ownLabels(session), "labels"),
  ]);
  // Path and selector must match the same one of them.
  const byOwner = owners?.map((owner) =>
    all([matchesPath(path, workloadPath(owner)), matchesLabels(selector, owner.labels, "owners")]),
  );
  return all([
    matchesContainer(container, session),
    some([own, ...(byOwner ?? (owners === null ? [] : ["owners" as const]))]),
  ]);
};

const matchesPath = (pattern: string | null | undefined, path: string): boolean =>
  pattern === null || pattern === undefined || matchesGlob(pattern, path);

const matchesLabels = (
  selector: Selector | null | undefined,
  labels: Labels | null | undefined,
  missing: "labels" | "owners",
): Answer => {
  if (!hasRules(selector)) return true;
  return labels === undefined ? missing : selects(selector, labels ?? {});
};

const CONTAINER = "/container/";

/** The two parts of a pattern. It has one for containers only if `/container/` is written without wildcards. */
const pathParts = (
  pattern: string | null | undefined,
): { path: string | null | undefined; container: string | undefined } => {
  const at = pattern?.indexOf(CONTAINER) ?? -1;
  if (typeof pattern !== "string" || at === -1) return { path: pattern, container: undefined };
  return { path: pattern.slice(0, at), container: pattern.slice(at + CONTAINER.length) };
};

/** Where the session names no container, its operator chooses one. */
const matchesContainer = (pattern: string | undefined, session: JudgedSession): Answer => {
  const { container } = session.target;
  if (pattern === undefined) return true;
  if (isTargetless(session)) return false;
  if (container === undefined) return ANY_TEXT.test(pattern) || "container";
  return matchesGlob(pattern, container);
};

const ANY_TEXT = /^\*+$/;

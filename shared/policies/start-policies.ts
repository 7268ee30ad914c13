import type { Evaluation, PolicyReason } from "../contract/policy-answers.ts";
import type { PolicyFacts } from "../contract/policy-facts.ts";
import type { Logger } from "../telemetry/logger.ts";
import { couldRefuse } from "./could-refuse.ts";
import type { HeldCatalog } from "./held-catalog.ts";
import type { Cluster, JudgedSession, PolicyEntry } from "./types.ts";

/** A session that starts. Without facts it is not judged. */
export type StartingSession = {
  sessionId: string;
  instanceId: string;
  cluster: Cluster;
  target: JudgedSession["target"];
  facts: PolicyFacts | undefined;
};

/** What the catalog's policies say when a session starts. */
export type StartPolicies = {
  /** Why policies refuse it; empty if none does, and if the catalog cannot be read. */
  refusals(session: StartingSession): Promise<PolicyReason[]>;
  /** Whether a policy could refuse a session in a cluster; true if the catalog cannot be read. */
  couldRefuse(cluster: Cluster): Promise<boolean>;
};

type Evaluate = (entries: readonly PolicyEntry[], session: JudgedSession) => Evaluation;

export type StartPoliciesDeps = {
  catalog: HeldCatalog;
  /** Loads `evaluate.ts`: its engine of regular expressions is large, and most starts do not need it. */
  loadEvaluate: () => Promise<Evaluate>;
  log: Logger;
};

export const startPolicies = ({ catalog, loadEvaluate, log }: StartPoliciesDeps): StartPolicies => ({
  async refusals({ sessionId, instanceId, cluster, target, facts }) {
    if (facts === undefined) return [];
    try {
      const { entries } = await catalog();
      if (!couldRefuse(entries, cluster)) return [];
      const evaluate = await loadEvaluate();
      return evaluate(entries, { cluster, target, facts }).reasons.filter(({ verdict }) => verdict === "refused");
    } catch (error) {
      // The operator enforces the objects in its cluster, so a session that is not judged here is not free there.
      log.count("PoliciesNotRead", { session_id: sessionId, instance_id: instanceId, error });
      return [];
    }
  },
  async couldRefuse(cluster) {
    try {
      return couldRefuse((await catalog()).entries, cluster);
    } catch (error) {
      log.warn("policies not read", { error });
      return true;
    }
  },
});

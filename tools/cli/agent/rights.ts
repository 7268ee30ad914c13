import { describeKube, type Kube, type KubeOutcome } from "../../../agent/kube/kube.ts";
import { type Right, type RightsValues, rightsOf } from "../../agent/rights.ts";
import type { Check } from "../doctor/check.ts";
import { EXIT } from "../exit.ts";
import { at, textAt } from "./cluster.ts";

type Question = { right: Right; verb: string; name: string | undefined; namespace: string | undefined };

/**
 * Asks the API server for each right by a SelfSubjectAccessReview of its own. `kube` is the cluster as the agent; `who` names
 * that user.
 */
export const rightsChecks = async (kube: Kube, who: string, values: RightsValues): Promise<Check[]> => {
  const questions = rightsOf(values).flatMap((right) =>
    right.verbs.flatMap((verb) =>
      (right.names ?? [undefined]).map((name) => ({
        right,
        verb,
        name,
        namespace: right.scope === "operator" ? values.operator.namespace : undefined,
      })),
    ),
  );
  const answers = await Promise.all(
    questions.map(async (question) => ({ question, outcome: await kube.call(review(question)) })),
  );
  const unanswered = answers.find(({ outcome }) => allowedIn(outcome) === undefined);
  if (unanswered !== undefined)
    return [
      {
        name: "rights",
        result: "warn",
        found: `not checked as ${who}: ${describeKube(unanswered.outcome)}`,
        advice: "Run this as a user who may impersonate the agent's service account.",
      },
    ];
  const missing = answers.filter(({ outcome }) => allowedIn(outcome) === false).map(({ question }) => question);
  if (missing.length === 0)
    return [{ name: "rights", result: "ok", found: `${who} has all ${questions.length} rights` }];
  return missing.map(({ right, verb, name, namespace }) => ({
    name: "rights",
    result: "fail",
    found: `${who} cannot ${verb} ${resourceOf(right)}${name === undefined ? "" : ` ${name}`}${namespace === undefined ? "" : ` in ${namespace}`}`,
    advice: `${right.reason} Apply the chart or the manifest of this version again.`,
    exit: EXIT.denied,
  }));
};

const resourceOf = ({ resource, group }: Right): string => (group === "" ? resource : `${resource}.${group}`);

const review = ({ right, verb, name, namespace }: Question) => ({
  method: "POST" as const,
  path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
  body: {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: {
      resourceAttributes: {
        group: right.group,
        resource: right.resource,
        verb,
        ...(name === undefined ? {} : { name }),
        ...(namespace === undefined ? {} : { namespace }),
      },
    },
  },
});

/** Undefined where the API server did not answer the question. */
const allowedIn = (outcome: KubeOutcome): boolean | undefined => {
  if (outcome.kind === "lost" || textAt(outcome.body, "kind") !== "SelfSubjectAccessReview") return undefined;
  const allowed = at(outcome.body, "status", "allowed");
  return typeof allowed === "boolean" ? allowed : undefined;
};

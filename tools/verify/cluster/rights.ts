import { readFileSync } from "node:fs";
import { type Right, rightsOf } from "../../agent/rights.ts";
import { AGENT_NAME, type Values } from "../../agent/values.ts";
import type { ControlPlane } from "../../cluster/control-plane.ts";
import type { Check } from "./check.ts";
import { AGENT_NAMESPACE } from "./world.ts";

/** One call of a service account, as the API server's audit log has it. */
export type AuditedCall = {
  verb: string;
  user: { username: string };
  objectRef?: { apiGroup?: string; resource?: string; subresource?: string; name?: string; namespace?: string };
  requestURI: string;
  responseStatus?: { code?: number };
  annotations?: Record<string, string>;
};

/** The calls of the agent's service account in an audit log. */
export const readCalls = (auditLog: string, user: string): AuditedCall[] =>
  readFileSync(auditLog, "utf8")
    .split("\n")
    // A killed API server may leave a half line.
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as AuditedCall)
    .filter((call) => call.user.username === user);

/**
 * Calls that RBAC refused and never allowed, and granted verbs that no call used, a line each. A starting API server refuses
 * every call until it has read the roles.
 */
export const compareRights = (
  calls: readonly AuditedCall[],
  values: Values,
): { refused: string[]; unused: string[] } => {
  const decided = (decision: string): Set<string> =>
    new Set(
      calls
        .filter(({ annotations }) => annotations?.["authorization.k8s.io/decision"] === decision)
        .map(({ verb, requestURI }) => `${verb} ${requestURI.split("?")[0]}`),
    );
  const allowed = decided("allow");
  return {
    refused: [...decided("forbid")].filter((call) => !allowed.has(call)),
    unused: rightsOf(values).flatMap((right) =>
      right.verbs.filter((verb) => !calls.some((call) => uses(call, right, verb))).map((verb) => describe(right, verb)),
    ),
  };
};

const uses = ({ verb, objectRef = {} }: AuditedCall, right: Right, granted: string): boolean =>
  verb === granted &&
  (objectRef.apiGroup ?? "") === right.group &&
  (objectRef.resource ?? "") === right.resource &&
  (right.names === undefined || right.names.includes(objectRef.name ?? ""));

const describe = ({ group, resource }: Right, verb: string): string =>
  `${verb} ${resource}${group === "" ? "" : `.${group}`}`;

const AGENT_USER = `system:serviceaccount:${AGENT_NAMESPACE}:${AGENT_NAME}`;

/** Each call that the agent made was allowed, and each right that it has was used. */
export const checkCalls = (check: Check, { auditLog, name }: ControlPlane, values: Values): void => {
  const calls = readCalls(auditLog, AGENT_USER);
  const { refused, unused } = compareRights(calls, values);
  for (const call of refused) check.fault(`RBAC refuses a call of the agent: ${call}`);
  for (const right of unused) check.fault(`the agent has a right that it does not use: ${right}`);
  check.say(
    `${calls.length} calls of the agent of ${name}: ${refused.length} kinds refused, ${unused.length} rights unused`,
  );
};

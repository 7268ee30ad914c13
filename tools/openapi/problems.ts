import { type Fault, PROBLEM_STATUS, type ProblemCode } from "../../shared/contract/problems.ts";
import { ApiProblem, problemResponse } from "../../shared/http/problem.ts";

type ProblemDoc = {
  /** The meaning of the code. */
  readonly when: string;
  /** The `detail` of its example. */
  readonly detail: string;
  readonly faults?: readonly Fault[];
};

export const PROBLEM_DOCS: Readonly<Record<ProblemCode, ProblemDoc>> = {
  BadRequest: {
    when: "the body or the query is invalid; `errors` lists every fault",
    detail: "The request has 2 faults",
    faults: [
      { path: "client.id", message: "is required" },
      { path: "query.colour", message: "is not a parameter of this route" },
    ],
  },
  Unauthorized: {
    when: "no valid credential",
    detail: "Valid credential required: the license key in x-license-key",
  },
  Forbidden: {
    when: "the credential does not permit this",
    detail: "Permission denied: requires an access token with the scope sessions:delete",
  },
  LicenseExpired: {
    when: "the license has expired: new sessions are refused, running sessions continue",
    detail: "The license has expired, so no new session can start. Renew it",
  },
  LicenseNotYetValid: {
    when: "the license is not valid yet",
    detail: "The license is not valid yet, so no new session can start",
  },
  MaxSeatCountReached: {
    when: "no seat is free, and the policy allows no overage",
    detail: "All seats of the license are in use. An admin can release one",
  },
  MaxOperatorsReached: {
    when: "the license limits installations, and others use all of them",
    detail:
      "The license allows 3 installations, and others use all of them. Release one with license-server operator release",
  },
  OperatorTooOld: {
    when: "the license requires a newer operator",
    detail: "The license requires operator 3.100.0 or later",
  },
  PolicyDenied: {
    when: "a policy of the catalog refuses the session; `errors` lists what it refuses",
    detail:
      "The session is refused by MirrordPolicy books/no-stealing. Change what it uses, or ask the owners of the policy",
    faults: [
      { path: "policy_facts.features", message: "stealing traffic is blocked (MirrordPolicy books/no-stealing)" },
    ],
  },
  NotFound: { when: "the id or the route does not exist", detail: "No live session has this id" },
  MethodNotAllowed: {
    when: "the route has other methods: see `Allow`",
    detail: "Method not allowed here. Use GET, POST",
  },
  Conflict: {
    when: "the session is a preview environment, and its agent may not stop any",
    detail: "The agent of this cluster may not stop preview environments.",
  },
  SessionConflict: {
    when: "the session's id is in use by another operator instance or client",
    detail: "The id belongs to a session of another operator or client",
  },
  SessionEnded: {
    when: "the session is over",
    detail: "The session has ended already. Start a new session with another id",
  },
  PreconditionFailed: {
    when: "the catalog entry changed since it was read; `ETag` has its current etag",
    detail: "MirrordClusterPolicy no-steal is at another generation. Read it again, then repeat the change",
  },
  PreconditionRequired: {
    when: "the catalog entry exists, and the request does not say which version of it to replace or delete",
    detail: "MirrordClusterPolicy no-steal exists. Send its etag in If-Match",
  },
  PayloadTooLarge: {
    when: "the body is too large, or a list in it is too long; `detail` names the limit",
    detail: "The body has 70000 bytes, the limit is 65536",
  },
  UnsupportedMediaType: {
    when: "the body is not `application/json`",
    detail: "The body must be JSON, with content-type application/json",
  },
  TooManyRequests: { when: "too many requests", detail: "too many requests; try again later" },
  Internal: {
    when: "an error of the server",
    detail: "Internal error. The server's log has it under this request id",
  },
  LicenseMissing: {
    when: "no license has been uploaded",
    detail: "No license on this server yet. Put one with license-server license put",
  },
  LicenseInvalid: {
    when: "the license cannot be read or verified",
    detail: "The license on this server is not valid. The server's log has the reason",
  },
  Unavailable: { when: "the table or another service is unreachable", detail: "Temporarily unavailable. Try again" },
};

/** An example answer for each code. */
export const problemExamples = (): Record<string, { summary: string; value: unknown }> =>
  Object.fromEntries(codes.map((code) => [code, { summary: PROBLEM_DOCS[code].when, value: exampleOf(code) }]));

/** The codes of an operation by status, in the order of the statuses. */
export const byStatus = (wanted: readonly ProblemCode[]): [status: number, codes: ProblemCode[]][] => {
  const groups = Map.groupBy(
    codes.filter((code) => wanted.includes(code)),
    (code) => PROBLEM_STATUS[code],
  );
  return [...groups].sort(([one], [other]) => one - other);
};

const codes = Object.keys(PROBLEM_STATUS) as ProblemCode[];

const exampleOf = (code: ProblemCode): unknown => {
  const { detail, faults = [] } = PROBLEM_DOCS[code];
  const { body } = problemResponse(new ApiProblem(code, detail, { faults }), "JKJaXmPLvHcESHA=");
  return JSON.parse(body.toString()) as unknown;
};

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
    detail: "the request has 2 faults",
    faults: [
      { path: "client.id", message: "is required" },
      { path: "query.colour", message: "is not a parameter of this route" },
    ],
  },
  Unauthorized: {
    when: "no valid credential",
    detail: "a valid credential is required: the x-license-key header",
  },
  Forbidden: {
    when: "the credential does not permit this",
    detail: "a lease token does not open this route",
  },
  LicenseExpired: {
    when: "the license has expired: new sessions are refused, running sessions continue",
    detail: "the license expired at 2026-11-19T00:00:00.000Z",
  },
  LicenseNotYetValid: {
    when: "the license is not valid yet",
    detail: "the license is valid from 2026-12-01T00:00:00.000Z on",
  },
  MaxSeatCountReached: {
    when: "no seat is free, and the policy allows no overage",
    detail: "all 25 seats of the license are taken",
  },
  OperatorTooOld: {
    when: "the license requires a newer operator",
    detail: "the license wants an operator of version 3.100.0 or newer",
  },
  NotFound: { when: "the id or the route does not exist", detail: "there is no such session" },
  MethodNotAllowed: { when: "the route has other methods: see `Allow`", detail: "this route knows GET, POST" },
  Conflict: { when: "it was changed in the meantime", detail: "it was changed in the meantime" },
  SessionConflict: {
    when: "the session's id is in use by another operator instance or client",
    detail: "another instance or client has started a session with this id",
  },
  SessionEnded: { when: "the session is over", detail: "this session is over" },
  PayloadTooLarge: {
    when: "the body is too large, or a list in it is too long; `detail` names the limit",
    detail: "the body has 70000 bytes; the limit is 65536",
  },
  UnsupportedMediaType: {
    when: "the body is not `application/json`",
    detail: "the body must be JSON, with content-type application/json",
  },
  TooManyRequests: { when: "too many requests", detail: "too many requests; try again later" },
  Internal: {
    when: "an error of the server",
    detail: "an internal error; it has been logged under this request id",
  },
  LicenseMissing: { when: "no license has been uploaded", detail: "no license has been uploaded yet" },
  LicenseInvalid: { when: "the license cannot be read or verified", detail: "the license cannot be used" },
  Unavailable: { when: "the table or another service is unreachable", detail: "temporarily unavailable; try again" },
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

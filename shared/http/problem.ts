import { type Fault, PROBLEM_STATUS, type ProblemCode } from "../contract/problems.ts";
import type { Problem } from "../contract/responses.ts";
import type { ApiResponse } from "./response.ts";

/** How long a client should wait before it retries, in seconds. */
const RETRY_AFTER_SECONDS = 5;

type ProblemOptions = { faults?: readonly Fault[]; headers?: Record<string, string>; cause?: unknown };

/**
 * An error answer. Only `detail` and the faults reach the caller. `cause` is for the server's operators: it is logged and
 * not sent.
 */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly code: ProblemCode;
  readonly faults: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.faults = options.faults ?? [];
    this.headers = options.headers ?? {};
  }
}

/** A 400 with all faults of an input, at most the first thousand, so that Lambda can return the answer. */
export const badRequest = (faults: readonly Fault[]): ApiProblem =>
  new ApiProblem("BadRequest", countOf(faults), { faults: faults.slice(0, MAX_FAULTS) });

const MAX_FAULTS = 1_000;

const countOf = ({ length }: readonly Fault[]): string => {
  if (length === 1) return "The request has a fault";
  const count = `The request has ${length} faults`;
  return length > MAX_FAULTS ? `${count}. These are the first ${MAX_FAULTS}` : count;
};

/** The problem as `application/problem+json` (RFC 9457). */
export const problemResponse = (problem: ApiProblem, requestId: string): ApiResponse => {
  const status = PROBLEM_STATUS[problem.code];
  const body: Problem = {
    type: "about:blank",
    title: TITLES[status] ?? problem.code,
    status,
    detail: problem.message,
    code: problem.code,
    request_id: requestId,
    ...(problem.faults.length === 0 ? {} : { errors: [...problem.faults] }),
  };
  const wait: Record<string, string> =
    status === 429 || status === 503 ? { "retry-after": String(RETRY_AFTER_SECONDS) } : {};
  return {
    status,
    headers: { "content-type": "application/problem+json", ...wait, ...problem.headers },
    body: JSON.stringify(body),
  };
};

// With the type about:blank, the title is the phrase of the status (RFC 9457, section 4.2.1).
const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  428: "Precondition Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

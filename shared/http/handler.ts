import middy from "@middy/core";
import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { FUNCTION_TIMEOUT_SECONDS, GIVE_UP_SECONDS } from "../contract/functions.ts";
import { matchRoute } from "../contract/match-route.ts";
import type { RouteName } from "../contract/routes.ts";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import { SourceUnavailable } from "../licensing/cached.ts";
import { metered } from "../store/consumption.ts";
import { StoreUnavailable } from "../store/table.ts";
import type { LogFields, Logger } from "../telemetry/logger.ts";
import type { AddressCheck } from "./allowed-addresses.ts";
import { type Authenticator, authenticate, type Principal } from "./authenticate.ts";
import { type LargeAnswers, withoutLargeBody } from "./large-answer.ts";
import { ApiProblem, badRequest, problemResponse } from "./problem.ts";
import { redirectToRoute } from "./redirect.ts";
import { type ApiRequest, type FrontEvent, isPrintableAscii, toApiRequest } from "./request.ts";
import { logRequest, newTrace, type RequestTrace } from "./request-log.ts";
import { type ApiResponse, toGatewayResult } from "./response.ts";

/** What an endpoint gets beside the request. */
export type Call = {
  readonly principal: Principal;
  /** The id in the path, if the route has one. */
  readonly id: string | undefined;
  readonly now: EpochMs;
  readonly deadline: EpochMs;
  readonly log: Logger;
  /** Adds fields to this request's log line. */
  readonly note: (fields: LogFields) => void;
};

export type Endpoint = (request: ApiRequest, call: Call) => Promise<ApiResponse>;

export type HttpOptions = {
  endpoints: Partial<Record<RouteName, Endpoint>>;
  authenticator?: Authenticator;
  now: () => EpochMs;
  log: Logger;
  /** Called first, before the route is found. */
  checkAddress: AddressCheck;
  /** Called with a request that no route matches. */
  onUnknownRoute?: (request: ApiRequest) => Promise<void>;
  /** A request that takes this long is counted as slow. */
  slowMs?: number | undefined;
  /** Where answers go that are too large for Lambda. Absent for a function whose answers are always small. */
  largeAnswers?: LargeAnswers;
};

type GatewayHandler = (event: FrontEvent, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The handler of a function's routes. The order is fixed: check the address, find the route, authenticate, then the endpoint parses,
 * authorizes and acts. Every exception becomes problem+json. An unexpected one is logged in full, and its answer says no
 * more than the request id. Every request of a route writes one log line.
 */
export const httpHandler = (options: HttpOptions): GatewayHandler => {
  const traces = new WeakMap<FrontEvent, RequestTrace>();
  const traceOf = (event: FrontEvent): RequestTrace =>
    traces.get(event) ?? newTrace(toApiRequest(event), options.now());
  const answer = answering(options, traceOf);
  return async (event, context) => {
    const trace = traceOf(event);
    traces.set(event, trace);
    const result = await metered(trace.consumed, () => answer(event, context));
    const answeredAt = options.now();
    logRequest(options.log, trace, result.statusCode ?? 0, answeredAt);
    const { slowMs = Number.POSITIVE_INFINITY } = options;
    if (answeredAt - trace.startedAt >= slowMs) options.log.count("SlowRequests", { request_id: trace.request.id });
    return result;
  };
};

const answering = (options: HttpOptions, traceOf: (event: FrontEvent) => RequestTrace): GatewayHandler =>
  middy<FrontEvent, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyInMillis: (FUNCTION_TIMEOUT_SECONDS - GIVE_UP_SECONDS) * SECOND_MS,
    timeoutEarlyResponse: () => {
      throw new ApiProblem("Unavailable", "The request took too long. Try again");
    },
  })
    .onError(({ event, error, response }) => {
      if (response !== undefined) return;
      const trace = traceOf(event);
      const { request } = trace;
      const problem = toProblem(error, options.log, request);
      trace.code = problem.code;
      return toResult(trace, problemResponse(problem, request.id));
    })
    .handler(async (event: FrontEvent) => {
      const trace = traceOf(event);
      return toResult(trace, await dispatch(trace, options));
    }) as GatewayHandler;

// An answer to HEAD has the headers of the one to GET, and no body (RFC 9110, section 9.3.2).
const toResult = ({ request }: RequestTrace, response: ApiResponse) =>
  toGatewayResult(request.method === "HEAD" ? { ...response, body: "" } : response, request.id);

const dispatch = async (trace: RequestTrace, options: HttpOptions): Promise<ApiResponse> => {
  const { request } = trace;
  options.checkAddress(request);
  const match = matchRoute(request.method, request.path);
  if (!match.found) {
    await options.onUnknownRoute?.(request);
    throw noSuchRoute(match.allow);
  }
  const endpoint = options.endpoints[match.route.name];
  if (endpoint === undefined && !match.exact) return redirectToRoute(request, match);
  if (endpoint === undefined) throw new Error(`route ${match.route.name} reached a function that does not serve it`);
  trace.route = match.route.name;
  const log = options.log.with({ request_id: request.id, route: match.route.name });
  const principal = await authenticate(request, match.route.auth, options.authenticator, log);
  trace.principal = principal;
  requireReadableHeaders(request);
  const note = (fields: LogFields) => {
    trace.noted = { ...trace.noted, ...fields };
  };
  const now = options.now();
  const call = { principal, id: match.id, now, deadline: now + GIVE_UP_SECONDS * SECOND_MS, log, note };
  const response = await endpoint(request, call);
  if (options.largeAnswers === undefined || request.method === "HEAD") return response;
  return withoutLargeBody(response, { id: request.id, route: match.route.name, now }, options.largeAnswers);
};

// The headers that some route reads. Credentials are checked already.
const READ_HEADERS = ["accept", "accept-encoding", "content-encoding", "content-type", "if-match", "if-none-match"];

const requireReadableHeaders = ({ header }: ApiRequest): void => {
  const unreadable = READ_HEADERS.filter((name) => !isPrintableAscii(header(name) ?? ""));
  if (unreadable.length > 0)
    throw badRequest(unreadable.map((name) => ({ path: `header.${name}`, message: "must be printable ASCII" })));
};

const noSuchRoute = (allow: readonly string[]): ApiProblem =>
  allow.length === 0
    ? new ApiProblem("NotFound", "No such route")
    : new ApiProblem("MethodNotAllowed", `Method not allowed here. Use ${allow.join(", ")}`, {
        headers: { allow: allow.join(", ") },
      });

const toProblem = (error: unknown, log: Logger, request: ApiRequest): ApiProblem => {
  if (error instanceof ApiProblem) return error;
  const fields = { request_id: request.id, method: request.method, path: request.path, error };
  if (error instanceof StoreUnavailable || error instanceof SourceUnavailable) {
    log.warn("temporarily unavailable", fields);
    log.count("Unavailable", { request_id: request.id });
    return new ApiProblem("Unavailable", "Temporarily unavailable. Try again");
  }
  log.error("request failed", fields);
  log.count("Defects", { request_id: request.id });
  return new ApiProblem("Internal", "Internal error. The server's log has it under this request id");
};

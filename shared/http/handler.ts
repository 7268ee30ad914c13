import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { FUNCTION_TIMEOUT_SECONDS, GIVE_UP_SECONDS } from "../contract/functions.ts";
import { matchRoute, type RouteName } from "../contract/routes.ts";
import { type EpochMs, SECOND_MS } from "../contract/time.ts";
import { SourceUnavailable } from "../licensing/cached.ts";
import { StoreUnavailable } from "../store/table.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Authenticator, authenticate, type Principal } from "./authenticate.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
import { type ApiRequest, toApiRequest } from "./request.ts";
import { type ApiResponse, toGatewayResult } from "./response.ts";

/** What an endpoint is handed beside the request. */
export type Call = {
  readonly principal: Principal;
  /** The id in the path, where the route has one. */
  readonly id: string | undefined;
  readonly now: EpochMs;
  readonly deadline: EpochMs;
  readonly log: Logger;
};

export type Endpoint = (request: ApiRequest, call: Call) => Promise<ApiResponse>;

export type HttpOptions = {
  endpoints: Partial<Record<RouteName, Endpoint>>;
  authenticator?: Authenticator;
  now: () => EpochMs;
  log: Logger;
  /** Told of requests that no route matches. */
  onUnknownRoute?: (request: ApiRequest) => Promise<void>;
};

type GatewayHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * The handler of a function's routes. The order is fixed: find the route, authenticate, then the endpoint parses,
 * authorises and acts. Whatever is thrown ends as problem+json; what is not expected is logged whole and answered bare.
 */
export const httpHandler = (options: HttpOptions): GatewayHandler =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyInMillis: (FUNCTION_TIMEOUT_SECONDS - GIVE_UP_SECONDS) * SECOND_MS,
    timeoutEarlyResponse: () => {
      throw new ApiProblem("Unavailable", "this took too long; try again");
    },
  })
    .onError(({ event, error, response }) => {
      if (response !== undefined) return;
      const request = toApiRequest(event);
      return toGatewayResult(problemResponse(toProblem(error, options.log, request), request.id), request.id);
    })
    .handler(async (event: APIGatewayProxyEventV2) => {
      const request = toApiRequest(event);
      const response = await dispatch(request, options);
      return toGatewayResult(response, request.id);
    }) as GatewayHandler;

const dispatch = async (request: ApiRequest, options: HttpOptions): Promise<ApiResponse> => {
  const match = matchRoute(request.method, request.path);
  if (!match.found) {
    await options.onUnknownRoute?.(request);
    throw noSuchRoute(match.allow);
  }
  const endpoint = options.endpoints[match.route.name];
  if (endpoint === undefined) throw new Error(`route ${match.route.name} came to a function that does not serve it`);
  const log = options.log.with({ request_id: request.id, route: match.route.name });
  const principal = await authenticate(request, match.route.auth, options.authenticator, log);
  const now = options.now();
  return endpoint(request, { principal, id: match.id, now, deadline: now + GIVE_UP_SECONDS * SECOND_MS, log });
};

const noSuchRoute = (allow: readonly string[]): ApiProblem =>
  allow.length === 0
    ? new ApiProblem("NotFound", "there is no such route")
    : new ApiProblem("MethodNotAllowed", `this route knows ${allow.join(", ")}`, {
        headers: { allow: allow.join(", ") },
      });

const toProblem = (error: unknown, log: Logger, request: ApiRequest): ApiProblem => {
  if (error instanceof ApiProblem) return error;
  const fields = { request_id: request.id, method: request.method, path: request.path, error };
  if (error instanceof StoreUnavailable || error instanceof SourceUnavailable) {
    log.warn("temporarily unavailable", fields);
    return new ApiProblem("Unavailable", "temporarily unavailable; try again");
  }
  log.error("request failed", fields);
  return new ApiProblem("Internal", "an internal error; it has been logged under this request id");
};

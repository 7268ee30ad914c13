import type { RouteName } from "../contract/routes.ts";
import type { EpochMs } from "../contract/time.ts";
import type { Consumption } from "../store/consumption.ts";
import type { LogFields, Logger } from "../telemetry/logger.ts";
import type { Principal } from "./authenticate.ts";
import type { ApiRequest } from "./request.ts";

/** What is known of a request while it is handled, for its log line. */
export type RequestTrace = {
  readonly request: ApiRequest;
  readonly startedAt: EpochMs;
  readonly consumed: Consumption;
  route: RouteName | undefined;
  principal: Principal | undefined;
  /** The fields that its endpoint adds. */
  noted: LogFields;
  /** The code of its error answer. */
  code: string | undefined;
};

export const newTrace = (request: ApiRequest, startedAt: EpochMs): RequestTrace => ({
  request,
  startedAt,
  consumed: { readUnits: 0, writeUnits: 0 },
  route: undefined,
  principal: undefined,
  noted: {},
  code: undefined,
});

/**
 * Writes the one log line of a request. It has nothing of the query, the headers or the body, except the ids that the
 * endpoint noted. A request that no route matches has no line, and routes without a credential have theirs at level debug.
 */
export const logRequest = (log: Logger, trace: RequestTrace, status: number, now: EpochMs): void => {
  const { request, route, principal, noted, code, consumed, startedAt } = trace;
  if (route === undefined) return;
  log[principal?.kind === "anybody" ? "debug" : "info"]("request", {
    request_id: request.id,
    route,
    method: request.method,
    status,
    outcome: code ?? "ok",
    ...callerOf(principal),
    ...noted,
    source_ip: request.sourceIp,
    latency_ms: now - startedAt,
    read_units: consumed.readUnits,
    write_units: consumed.writeUnits,
  });
};

const callerOf = (principal: Principal | undefined): LogFields => {
  switch (principal?.kind) {
    case undefined:
    case "anybody":
      return {};
    case "key":
      return { caller: "key" };
    case "lease":
      return { caller: "lease", instance_id: principal.instanceId };
    case "agent":
      return { caller: "agent", token_id: principal.tokenId, instance_id: principal.instanceId };
    case "access":
      return { caller: "access", token_id: principal.grant.tokenId };
  }
};

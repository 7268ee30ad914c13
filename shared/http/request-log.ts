import type { RouteName } from "../contract/routes.ts";
import type { EpochMs } from "../contract/time.ts";
import type { Consumption } from "../store/consumption.ts";
import type { LogFields, Logger } from "../telemetry/logger.ts";
import type { Principal } from "./authenticate.ts";
import type { ApiRequest } from "./request.ts";

/** What is learnt of a request while it is worked on, for the one line that tells of it. */
export type RequestTrace = {
  readonly request: ApiRequest;
  readonly startedAt: EpochMs;
  readonly consumed: Consumption;
  route: RouteName | undefined;
  principal: Principal | undefined;
  /** What its endpoint has to say of it. */
  noted: LogFields;
  /** The code of the problem it ended in. */
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
 * The one line of a request. Nothing of its query, headers or body but what names its operator. A request that no route
 * matches has none: others' probes are not worth a line; routes without a credential have theirs at level debug.
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
    case "access":
      return { caller: "access", token_id: principal.grant.tokenId };
  }
};
